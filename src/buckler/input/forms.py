"""Forms as a service may take them: bounded, and with file names that are names (RFC 7578; ASVS 1.5.2, 5.2.1, 5.3.2).

`application/x-www-form-urlencoded`: at most 1,000 fields; what is escaped is UTF-8 too.

`multipart/form-data`, read by the parser that Starlette reads with, so that both see the same:

1. A boundary of 1 to 70 characters of RFC 2046 section 5.1.1. At most 1 kB before the piece of the body in which the
   first part begins.
2. At most 1,000 parts. The head of each: at most 8 fields and 8 kB, no control characters, one
   `Content-Disposition: form-data` with a name of at most 256 bytes.
3. A file name of at most 255 bytes, as the parser gives it, without slashes, backslashes, a drive, control or
   direction characters, and none that is made of dots. `filename*` is no field of a form (RFC 7578 section 4.2).
4. The end is there: a form that breaks off is no form.

In both: UTF-8 alone, and a content type of at most 256 bytes. What a file holds is passed on unread and unkept.
"""

import re
from codecs import getincrementaldecoder
from typing import Final, Protocol
from urllib.parse import unquote_to_bytes

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from buckler.errors import BucklerError

LONGEST_TYPE: Final = 256
MOST_FIELDS: Final = 1000
"""Starlette's own default, held while the form is received."""
MOST_PARTS: Final = 1000
LONGEST_PREAMBLE: Final = 1024
MOST_HEAD_FIELDS: Final = 8
LONGEST_HEAD: Final = 8192
LONGEST_NAME: Final = 256
LONGEST_FILE_NAME: Final = 255
"""What most file systems take."""
URLENCODED: Final = b"application/x-www-form-urlencoded"
MULTIPART: Final = b"multipart/form-data"
_BOUNDARY: Final = re.compile(rb"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")
_ASCII_ALONE: Final = bytes(range(128)) + b"?" * 128
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_NO_NAME: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f/\\\\\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]|\\A[A-Za-z]:|\\A[. ]+\\Z"
)


class MalformedForm(BucklerError):
    """What makes a body no form. `rule` names it for the log; the words are for whoever sent it."""

    def __init__(self, rule: str, words: str) -> None:
        super().__init__(words)
        self.rule = rule


class FormJudge(Protocol):
    """Judges a form piece by piece. Both raise `MalformedForm`."""

    def feed(self, piece: bytes) -> None:
        """The next piece of the body."""
        ...

    def end(self) -> None:
        """There is no more."""
        ...


def bound_type(content_type: bytes) -> None:
    """Raise `MalformedForm` for a type that is too long to be taken apart."""
    if len(content_type) > LONGEST_TYPE:
        raise MalformedForm("type", f"Content-Type has more than {LONGEST_TYPE} bytes.")


def judge_for(content_type: bytes) -> FormJudge | None:
    """Who judges a body of this type; None where it is no form. Raises `MalformedForm` for a bad type."""
    bound_type(content_type)
    media_type, parameters = parse_options_header(content_type)
    if media_type not in (URLENCODED, MULTIPART):
        return None
    if parameters.get(b"charset", b"utf-8").lower() not in (b"utf-8", b"utf8"):
        raise MalformedForm("charset", "A form is UTF-8.")
    if media_type == URLENCODED:
        return UrlencodedJudge()
    boundary = parameters.get(b"boundary", b"")
    if _BOUNDARY.fullmatch(boundary) is None:
        raise MalformedForm("boundary", "The boundary is missing or malformed.")
    return MultipartJudge(boundary)


class UrlencodedJudge:
    """Counts the fields, and reads what stands in them as text."""

    def __init__(self) -> None:
        self._fields = 1
        self._decode_raw = getincrementaldecoder("utf-8")().decode
        self._decode_escapes = getincrementaldecoder("utf-8")().decode
        self._kept = b""

    def feed(self, piece: bytes) -> None:
        self._fields += piece.count(b"&")
        if self._fields > MOST_FIELDS:
            raise MalformedForm("fields", f"It has more than {MOST_FIELDS:,} fields.")
        self._decode(self._kept + piece, final=False)

    def end(self) -> None:
        """A form of this kind ends anywhere, but in the middle of a character."""
        self._decode(self._kept, final=True)

    def _decode(self, text: bytes, *, final: bool) -> None:
        # An escape that the end of a piece cuts in two waits for the next.
        cut = -1 if final else max(text.rfind(b"%", -2), -1)
        text, self._kept = (text, b"") if cut < 0 else (text[:cut], text[cut:])
        try:
            self._decode_raw(text, final)
            # An escape belongs to those beside it alone, and makes no character with a byte that is none.
            self._decode_escapes(unquote_to_bytes(text.translate(_ASCII_ALONE)), final)
        except UnicodeDecodeError:
            raise MalformedForm("encoding", "It is not UTF-8.") from None


class MultipartJudge:
    """Watches the heads of the parts go by."""

    def __init__(self, boundary: bytes) -> None:
        self._parts = 0
        self._preamble = 0
        self._ended = False
        self._name = b""
        self._value = b""
        self._fields: list[tuple[bytes, bytes]] = []
        self._head = 0
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin_part,
                "on_header_field": self._take_name,
                "on_header_value": self._take_value,
                "on_header_end": self._end_field,
                "on_headers_finished": self._judge_head,
                "on_end": self._end,
            },
        )

    def feed(self, piece: bytes) -> None:
        try:
            # Whole, as Starlette does: where a piece is cut may matter to the parser.
            self._parser.write(piece)
        except FormParserError:
            raise MalformedForm("syntax", "It is no multipart form.") from None
        if not self._parts and not self._ended:
            self._preamble += len(piece)
            if self._preamble > LONGEST_PREAMBLE:
                raise MalformedForm("preamble", "The first part begins too late.")

    def end(self) -> None:
        if not self._ended:
            raise MalformedForm("end", "It breaks off before its end.")

    def _begin_part(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise MalformedForm("parts", f"It has more than {MOST_PARTS:,} parts.")
        self._fields = []
        self._head = 0

    def _take_name(self, data: bytes, start: int, end: int) -> None:
        self._measure(end - start)
        self._name += data[start:end]

    def _take_value(self, data: bytes, start: int, end: int) -> None:
        self._measure(end - start)
        self._value += data[start:end]

    def _measure(self, size: int) -> None:
        self._head += size
        if self._head > LONGEST_HEAD:
            raise MalformedForm("head", f"The head of a part has more than {LONGEST_HEAD:,} bytes.")

    def _end_field(self) -> None:
        if _CONTROL.search(self._value) is not None:
            raise MalformedForm("head", "The head of a part has a control character.")
        self._fields.append((self._name.lower(), self._value))
        if len(self._fields) > MOST_HEAD_FIELDS:
            raise MalformedForm("head", f"The head of a part has more than {MOST_HEAD_FIELDS} fields.")
        self._name = self._value = b""

    def _judge_head(self) -> None:
        dispositions = [value for name, value in self._fields if name == b"content-disposition"]
        if len(dispositions) != 1:
            raise MalformedForm("disposition", "A part needs one Content-Disposition.")
        kind, parameters = parse_options_header(dispositions[0])
        if kind != b"form-data":
            raise MalformedForm("disposition", "A part of a form is form-data.")
        if not 0 <= len(parameters.get(b"name", bytes(LONGEST_NAME + 1))) <= LONGEST_NAME:
            raise MalformedForm("name", f"A part needs a name of at most {LONGEST_NAME} bytes.")
        if b"filename" in parameters:
            _judge_file_name(parameters[b"filename"])

    def _end(self) -> None:
        self._ended = True


def _judge_file_name(name: bytes) -> None:
    """An empty one is what browsers send where no file was chosen."""
    if len(name) > LONGEST_FILE_NAME:
        raise MalformedForm("file-name", f"A file's name has more than {LONGEST_FILE_NAME} bytes.")
    if _NO_NAME.search(_decoded(name)) is not None:
        raise MalformedForm("file-name", "A file's name is none: it is a path, or has characters that no name has.")


def _decoded(name: bytes) -> str:
    """As Starlette decodes it."""
    try:
        return name.decode()
    except UnicodeDecodeError:
        return name.decode("latin-1")
