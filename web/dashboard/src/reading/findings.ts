// SPDX-License-Identifier: Apache-2.0
import type { Finding } from "../watch/shapes.ts";

/** Findings that say the same of the same place; the newest speaks for all. */
export interface FindingGroup {
  key: string;
  newest: Finding;
  occurrences: Finding[];
}

const SEVERITIES = ["error", "warning", "advice"] as const; // the heaviest first

export type Severity = (typeof SEVERITIES)[number];

/** How much a finding matters; a word that this page does not know is taken as a warning. */
export function severityOf(finding: Finding): Severity {
  return SEVERITIES.find((severity) => severity === finding.severity) ?? "warning";
}

/** Group findings by rule, place and repair; unrepaired errors first, then the newest. */
export function groupFindings(findings: readonly Finding[]): FindingGroup[] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const { rule, service, method, route, status, step, repaired } = finding;
    const key = JSON.stringify([rule, service, method, route, status, step, repaired]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  return [...groups].map(([key, found]) => asGroup(key, found)).sort(byWeight);
}

function asGroup(key: string, found: Finding[]): FindingGroup {
  const occurrences = found.toSorted((left, right) => Date.parse(right.time) - Date.parse(left.time));
  return { key, newest: occurrences[0]!, occurrences };
}

function byWeight({ newest: left }: FindingGroup, { newest: right }: FindingGroup): number {
  return (
    Number(left.repaired) - Number(right.repaired) ||
    SEVERITIES.indexOf(severityOf(left)) - SEVERITIES.indexOf(severityOf(right)) ||
    Date.parse(right.time) - Date.parse(left.time)
  );
}
