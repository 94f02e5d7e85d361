# SPDX-License-Identifier: Apache-2.0
"""No request is seen that nobody has made, and none twice: by a server behind the proxy, or by one with a guard inside.

What servers let through is their own matter, and stands in the table that this suite holds to them.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import product

import pytest

from seeother.testing.servers import SERVERS, Server
from tests.contract.framing.attacks import ATTACKS, Attack
from tests.contract.framing.premises import QUIET_SECONDS, Target, asked_after, named, said, target
from tests.servers.http_servers import HTTP_SERVERS

TRAITS = {server.name: server for server in SERVERS}
STRICT = Server("any", "", "wsgi")  # of whom nothing is known
SILENT_SECONDS = 0.3  # for a server from which no answer is wanted
WAYS = [
    pytest.param((way, server), id=f"{way}-{server}", marks=pytest.mark.slow)
    for way, server in [("proxy", "go"), *product(("proxy", "inside"), HTTP_SERVERS)]
]


@pytest.fixture(scope="module", params=WAYS)
def attacked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Target]]:
    """A target, and the way there."""
    way, server = request.param
    with target(way, server, tmp_path_factory.mktemp("target")) as made:
        yield way, made
    made.read = 0
    times = Counter([path for _, path, _, _ in made.seen() if path])  # granian shows none of CONNECT
    assert max(times.values()) == 1, [path for path, count in times.items() if count > 1]
    assert sum("smuggled" in path for path in times) == made.split


@pytest.mark.parametrize("kind", ["orders", "plain"])
@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.name for attack in ATTACKS])
def test_attack(attacked: tuple[str, Target], attack: Attack, kind: str) -> None:
    """It is refused, or seen as the requests that it is; the next client gets its own answer."""
    way, place = attacked
    sent, wanted = named(attack, kind)
    quiet = QUIET_SECONDS if attack.seen else SILENT_SECONDS
    answer = said(place.port, sent, answers=len(attack.seen), leaves=attack.leaves, quiet=quiet)
    path, content = asked_after(place.port)
    assert content == b"answer to " + path.encode()

    number = path.rpartition("/")[2]
    before = str(int(number) - 1)
    seen = [line[:3] for line in place.seen() if (before in line[1] or not line[1]) and not line[3]]
    traits = TRAITS.get(place.server, STRICT)
    if _is_shortened(attack, kind, way, traits):
        assert len(seen) <= 1, answer
    elif way == "inside" and attack.name in traits.splits:
        assert len(seen) == 2, answer
        place.split += 1
    elif way == "inside" and attack.name in traits.accepts:
        assert len(seen) == 1, answer
    elif attack.reads == "must":
        assert seen == wanted, answer
    elif attack.reads == "may" or (attack.reads == "inside" == way):
        assert seen in ([], wanted), answer
    else:
        assert seen == [], answer


def _is_shortened(attack: Attack, kind: str, way: str, traits: Server) -> bool:
    """Whether the server makes a whole of a part; the proxy has all of an action before a server hears of it."""
    return attack.name in traits.shortens and (way == "inside" or kind == "plain")
