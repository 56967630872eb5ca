"""Lines of an export: each stands for a row, says where it stood, and can be judged by itself later.

The line is the text of the row as it was written, with three members more: `row`, its writer and its number; `batch`;
and `mac`, over writer, number and text. So it shows by itself whether somebody changed it. What one line cannot show
is whether another is missing: that is for the database and its checkpoints.
"""

import json
from typing import Any, Final, cast

from buckler.events.journal.log_key import LogKey, same
from buckler.events.journal.reading import Found


def line_of(found: Found) -> str:
    """One line of JSON, in ASCII."""
    if found.fault is not None:
        return json.dumps({"text": found.body, "fault": found.fault} | _place(found), separators=(",", ":"))
    place = json.dumps(_place(found), separators=(",", ":"))
    return place if found.emptied_at is not None else f"{found.body[:-1]},{place[1:]}"


def fault_of(line: str, key: LogKey) -> str | None:
    """Why a line of an export is none of ours, or not what was written; None where it holds."""
    try:
        members = json.loads(line)
        if not isinstance(members, dict):
            return "it is no line of an export"
        return _judged(line, cast("dict[str, Any]", members), key)
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError, RecursionError):
        return "it is no line of an export"


_EMPTIED: Final = {"row", "batch", "mac", "emptied_at", "emptied_mac"}


def _judged(line: str, members: dict[str, Any], key: LogKey) -> str | None:
    if "fault" in members:
        return "it did not hold when it was exported"
    mac = bytes.fromhex(members["mac"])
    if "emptied_at" in members:
        proof, moment = bytes.fromhex(members["emptied_mac"]), members["emptied_at"]
        is_ours = isinstance(moment, int) and same(proof, key.emptied(mac, moment))
        # Nothing else may stand in it: the proof covers no other word.
        is_alone = members.keys() == _EMPTIED and line == json.dumps(members, separators=(",", ":"))
        return None if is_ours and is_alone else "it was not emptied by us"
    place = {name: members[name] for name in ("row", "batch", "mac")}
    ending = f",{json.dumps(place, separators=(',', ':'))[1:]}"
    writer, _, sequence = str(members["row"]).rpartition(":")
    body = line.removesuffix(ending) + "}"
    is_whole = line.endswith(ending) and same(mac, key.entry(writer, int(sequence), body))
    return None if is_whole else "it is not what was written"


def _place(found: Found) -> dict[str, object]:
    place: dict[str, object] = {"row": found.row, "batch": found.batch, "mac": found.mac.hex()}
    if found.emptied_at is not None and found.emptied_mac is not None:
        place |= {"emptied_at": found.emptied_at, "emptied_mac": found.emptied_mac.hex()}
    return place
