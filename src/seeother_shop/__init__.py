# SPDX-License-Identifier: Apache-2.0
"""A complete small store to try SeeOther on: storefront, payment provider and inventory, with faults to inject.

Rules of this package: it uses only the faces of `seeother`; the three services know each other only over HTTP.
"""

__all__: list[str] = []
