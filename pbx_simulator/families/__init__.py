"""The table of families: the only place where the simulator knows which protocols there are."""

from __future__ import annotations

from collections.abc import Mapping

from pbx_simulator.family import Family
from pbx_simulator.product import Product

from .uc import UC

FAMILIES: tuple[Family, ...] = (UC,)

PRODUCTS: Mapping[str, Product] = {
    key: product for family in FAMILIES for key, product in family.products.items()
}


def family_of(product: str) -> Family:
    """Return the family of a kind of PBX.

    Raises:
        ValueError: There is no such kind.
    """
    for family in FAMILIES:
        if product in family.products:
            return family
    raise ValueError(f"Unknown dialect {product!r}; known: {', '.join(PRODUCTS)}")
