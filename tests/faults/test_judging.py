"""The judges of a kill notice each thing that may not be."""

import sqlite3
from contextlib import closing

import pytest

from tests.faults.deeds import DEEDS
from tests.faults.judging import OWN, of_file
from tests.faults.killing import Nursery

ANSWERS = 9
"""So many a deed has given when it is killed: each of its steps."""
ATTACKS = {
    "register": [
        "DELETE FROM account WHERE name = 'walker-0'",
        "UPDATE account SET name = 'nobody' WHERE name = 'walker-0'",
        "DELETE FROM event WHERE name = 'user_created'",
        (
            "INSERT INTO event (writer, sequence, at, name, body, mac)"
            " SELECT 'x', 1, at, name, body, mac FROM event WHERE name = 'user_created' LIMIT 1"
        ),
    ],
    "refresh": [
        "DELETE FROM session",
        "UPDATE session SET rotations = rotations + 2",
        "UPDATE session SET rotations = 0",
        "UPDATE session SET ended_for = 'replay'",
        "DELETE FROM event WHERE name = 'authn_login_success'",
        (
            "INSERT INTO session SELECT 'x', account_id, client_id, created_at, auth_time, acr, amr, scope,"
            " last_used_at, expires_at, NULL, NULL, current_digest, NULL, rotated_at, 0, device_id, agent, place"
            " FROM session LIMIT 1"
        ),
    ],
    "roles": [
        "UPDATE account SET roles = '[\"admin\"]' WHERE name = 'mover'",
        "UPDATE account SET version = version + 1 WHERE name = 'mover'",
        "DELETE FROM revocation",
        "DELETE FROM event WHERE name = 'authz_admin'",
        "DELETE FROM event WHERE name = 'privilege_permissions_changed'",
    ],
    "rotation": [
        "UPDATE signing_key SET verifies_until = 1 WHERE verifies_until IS NULL",
        "UPDATE signing_key SET verifies_until = NULL, revoked_at = NULL",
        "DELETE FROM event WHERE name = 'sys_keys_administered'",
        "DELETE FROM revocation",
    ],
    "resealing": ["DELETE FROM event WHERE name = 'sys_keys_administered'"],
    "sealing": [
        "UPDATE account SET disabled_at = coalesce(disabled_at - disabled_at, 1) WHERE name = 'mover'",
        "DELETE FROM event WHERE name = 'user_updated'",
        "DELETE FROM event_batch",
    ],
    "sweeping": [
        "UPDATE event SET body = 'x' WHERE emptied_at IS NOT NULL",
        "UPDATE event SET account_id = 'x' WHERE emptied_at IS NOT NULL",
        "UPDATE event SET emptied_mac = NULL",
        "UPDATE event SET emptied_at = at WHERE emptied_at IS NOT NULL",
    ],
}
"""Each leaves something lost, or half."""


@pytest.mark.heavy_beyond(2)
@pytest.mark.parametrize("deed", DEEDS)
def test_each_thing_that_may_not_be_is_told(nursed: Nursery, deed: str) -> None:
    """After a kill that left all well, and one statement of somebody else."""
    with nursed.killed(deed, ANSWERS, by="answers") as killed:
        assert not list(OWN[deed](killed))
        whole = killed.place.database.read_bytes()
        for attack in ATTACKS[deed]:
            with closing(sqlite3.connect(killed.place.database)) as connection, connection:
                connection.execute(attack)
            assert list(OWN[deed](killed)), attack
            killed.place.database.write_bytes(whole)


def test_a_page_that_was_changed_is_told(nursed: Nursery) -> None:
    """SQLite looks through the structure of every page."""
    with nursed.killed("register", 1, by="answers") as killed:
        assert not list(of_file(killed.place))
        whole = bytearray(killed.place.database.read_bytes())
        size = killed.place.rows("PRAGMA page_size")[0][0]
        page = killed.place.rows("SELECT rootpage FROM sqlite_master WHERE name = 'event'")[0][0]
        whole[(page - 1) * size : (page - 1) * size + 12] = bytes(12)  # the head of the page
        killed.place.database.write_bytes(whole)
        assert list(of_file(killed.place))
