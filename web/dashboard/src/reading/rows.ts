// SPDX-License-Identifier: Apache-2.0
/** The heat map as a grid: a row for each route and status, a column for each slot of time. */
import type { HeatCell, Heatmap } from "../watch/shapes.ts";

export interface HeatRow {
  key: string;
  method: string | null;
  route: string | null;
  status: number | null;
  exchanges: number;
  failed: number;
  /** One place a slot; null where there was no exchange. */
  cells: readonly (HeatCell | null)[];
}

/** The starts of all slots, as moments. */
export function slotsOf({ from, to, slot_ms }: Heatmap): number[] {
  const first = Date.parse(from);
  const count = Math.ceil((Date.parse(to) - first) / slot_ms);
  return Array.from({ length: count }, (_, index) => first + index * slot_ms);
}

/** The rows: routes with failures first, the worst on top; within a route by status. */
export function rowsOf(heatmap: Heatmap): HeatRow[] {
  const slots = slotsOf(heatmap);
  const first = slots[0] ?? 0;
  const rows = new Map<string, HeatRow & { cells: (HeatCell | null)[] }>();
  const failedOf = new Map<string, number>();
  for (const cell of heatmap.cells) {
    const place = `${cell.method ?? ""} ${cell.route ?? ""}`;
    const key = `${place} ${cell.status ?? 0}`;
    const { method, route, status } = cell;
    const row = rows.get(key) ?? { key, method, route, status, exchanges: 0, failed: 0, cells: slots.map(() => null) };
    rows.set(key, row);
    row.cells[Math.floor((Date.parse(cell.time) - first) / heatmap.slot_ms)] = cell;
    row.exchanges += cell.exchanges;
    row.failed += cell.failed;
    failedOf.set(place, (failedOf.get(place) ?? 0) + cell.failed);
  }
  const failed = (row: HeatRow): number => failedOf.get(`${row.method ?? ""} ${row.route ?? ""}`) ?? 0;
  return [...rows.values()].sort(
    (one, other) =>
      failed(other) - failed(one) ||
      (one.route ?? "").localeCompare(other.route ?? "") ||
      (one.method ?? "").localeCompare(other.method ?? "") ||
      (one.status ?? 0) - (other.status ?? 0),
  );
}
