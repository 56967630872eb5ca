"""So many connections and no more, a quarter for each client; given back, they are used again."""

from buckler.cli.serve.wire.places import Places
from buckler.edge.proxies import Proxies, behind, direct
from tests.proof import two_sided

ONE, OTHER, PROXY = "192.0.2.1", "192.0.2.2", "10.0.0.1"


def taken(places: Places, peer: str, tries: int = 200) -> int:
    """How many of so many tries get a place."""
    return sum(places.take(peer) is not None for _ in range(tries))


def test_one_client_leaves_room_for_the_others() -> None:
    """On the twin, which counts nobody, it takes every place."""

    def shuts_others_out(proxies: Proxies) -> bool:
        places = Places(100, proxies)
        taken(places, ONE)
        return places.take(OTHER) is None

    two_sided(shuts_others_out, whole=direct(), twin=behind(hops=1))


def test_a_client_is_its_network() -> None:
    """Whoever has one IPv6 address has its whole /64; a wrapped IPv4 address is that address."""
    places = Places(100, direct())
    assert taken(places, "2001:db8::1", 20) + taken(places, "2001:db8::2", 20) == 25
    assert taken(places, "2001:db8:0:1::1", 20) == 20
    places = Places(100, direct())
    assert taken(places, ONE, 20) + taken(places, f"::ffff:{ONE}", 20) == 25


def test_all_together_get_no_more_than_there_are() -> None:
    places = Places(100, direct())
    assert sum(taken(places, f"192.0.2.{number}") for number in range(8)) == 100
    assert places.taken == 100
    assert places.turned_away() == 8 * 200 - 100
    assert places.turned_away() == 0


def test_a_place_is_given_back_once() -> None:
    """However often it is said."""
    places = Places(20, direct())
    given = [places.take(ONE) for _ in range(16)]
    assert places.take(ONE) is None
    for _ in range(3):
        for give_back in given[:8]:
            assert give_back is not None
            give_back()
    assert places.taken == 8
    assert taken(places, ONE) == 8
    assert taken(places, OTHER) == 4


def test_few_places_are_not_cut_into_crumbs() -> None:
    """A browser alone opens six connections."""
    assert taken(Places(20, direct()), ONE) == 16
    assert taken(Places(4, direct()), ONE) == 4


def test_a_proxy_brings_everybody() -> None:
    """By its number or its network; who comes past a named network is counted."""
    assert taken(Places(100, behind(hops=1)), PROXY) == 100
    named = behind(networks=("10.0.0.0/8",))
    assert taken(Places(100, named), PROXY) == 100
    assert taken(Places(100, named), ONE) == 25
