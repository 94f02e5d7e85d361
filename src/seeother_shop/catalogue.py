# SPDX-License-Identifier: Apache-2.0
"""What the shop sells, written out; prices in euro cents."""

from dataclasses import dataclass

CURRENCY = "EUR"


@dataclass(frozen=True, slots=True)
class Product:
    """One thing on the shelf; `slug` names it in targets, in the inventory and in the drawing's file name."""

    slug: str
    name: str
    price_minor: int
    line: str
    story: str
    material: str
    size: str


PRODUCTS = (
    Product(
        "arc-lamp",
        "Arc lamp",
        12_800,
        "A reading light that leans in.",
        "One bent steel tube, a shade that turns on it, and a switch you find in the dark. The light falls on the page "
        "and not in the eyes of whoever sits opposite.",
        "Powder-coated steel, linen-covered cord",
        "46 cm tall",
    ),
    Product(
        "harbour-teapot",
        "Harbour teapot",
        5_400,
        "Pours without a drip, to the last cup.",
        "A round belly keeps the tea hot, and the short spout is cut so that the last drop goes back into the pot. "
        "The strainer lifts out with the lid.",
        "Glazed stoneware, steel strainer",
        "0.9 litres",
    ),
    Product(
        "stoneware-mug",
        "Stoneware mug",
        1_800,
        "Heavy enough to stay where you put it.",
        "Thrown thick and glazed twice, with a handle for four fingers. It survives the dishwasher, the desk and most "
        "falls onto a carpet.",
        "Glazed stoneware",
        "0.35 litres",
    ),
    Product(
        "ridge-blanket",
        "Ridge blanket",
        9_600,
        "Wool, woven in one long slope.",
        "Three colours of undyed wool run from one end to the other without a seam. Warm on a sofa in October, and on "
        "a bench outside in May.",
        "Undyed lambswool",
        "130 x 180 cm",
    ),
    Product(
        "noon-clock",
        "Noon clock",
        7_200,
        "Two hands, twelve marks, no ticking.",
        "The movement sweeps instead of stepping, so a bedroom stays quiet. The dial is read from across the kitchen "
        "without glasses.",
        "Birch ring, sweeping quartz movement",
        "28 cm across",
    ),
    Product(
        "oak-stool",
        "Oak stool",
        14_900,
        "Three legs never wobble.",
        "A seat, a shelf for the bath, a table for the bedside. The legs are wedged into the top, and nothing in it is "
        "glued that could come loose.",
        "Oiled oak",
        "44 cm tall",
    ),
    Product(
        "linen-notebook",
        "Linen notebook",
        1_600,
        "Lies flat on every page.",
        "Sewn in sixteen-page sections and bound in linen, with a ribbon and numbered pages. The paper takes a "
        "fountain pen and does not show it on the other side.",
        "Linen, 100 g paper, 192 pages",
        "A5",
    ),
    Product(
        "bud-vase",
        "Bud vase",
        3_400,
        "For the one branch you brought home.",
        "A narrow neck holds a single stem upright and a heavy foot keeps it there. Two hands tall, and content to "
        "stand empty.",
        "Mouth-blown glass",
        "22 cm tall",
    ),
)
