"""The library's data and the rules it keeps: shelves of records, and what lending a book changes.

Knows nothing of HTTP; what breaks a rule is a `Refusal`, because that is what the caller meets.
"""

from __future__ import annotations

import threading
import time
from datetime import date, timedelta
from typing import NamedTuple, TypeAlias

from callbox.practice.problems import Refusal
from callbox.practice.seeds import BOOKS, LOANS, MEMBERS

Record: TypeAlias = dict[str, object]

# When the seeded data was last changed: a Monday morning, the same for every practice API.
OPENING = 1_725_264_000
_SHELF_LIMIT = 10_000


class Entry(NamedTuple):
    """A record on its shelf. `modified` is in seconds since the epoch; `version` counts its changes from 1."""

    id: int
    record: Record
    version: int
    modified: int


class Shelf:
    """Records of one kind by id. The library's lock guards it."""

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self._entries: dict[int, Entry] = {}
        self._last_id = 0

    def all(self) -> list[Entry]:
        """Every entry, oldest first."""
        return list(self._entries.values())

    def get(self, entry_id: int) -> Entry:
        """The entry of that id.

        Raises:
            Refusal: 404 when there is none.
        """
        entry = self._entries.get(entry_id)
        if entry is None:
            raise Refusal(404, f"there is no {self.noun} {entry_id}", hint=f"GET /{self.noun}s lists them")
        return entry

    def add(self, record: Record, modified: int) -> Entry:
        """Put a new record on the shelf and give it an id."""
        if len(self._entries) >= _SHELF_LIMIT:
            raise Refusal(507, f"the shelf of {self.noun}s is full", hint="start the practice API again")
        self._last_id += 1
        entry = Entry(self._last_id, {"id": self._last_id, **record}, 1, modified)
        self._entries[entry.id] = entry
        return entry

    def put(self, entry_id: int, record: Record, modified: int) -> Entry:
        """Exchange a record for another."""
        before = self.get(entry_id)
        entry = Entry(entry_id, {"id": entry_id, **record}, before.version + 1, modified)
        self._entries[entry_id] = entry
        return entry

    def remove(self, entry_id: int) -> None:
        """Take a record from the shelf; its id is not given again."""
        del self._entries[self.get(entry_id).id]


class Library:
    """Three shelves and the rules between them. Hold `lock` around what belongs together."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.books = Shelf("book")
        self.members = Shelf("member")
        self.loans = Shelf("loan")
        self._seed()

    def shelf(self, noun: str) -> Shelf:
        """The shelf of books, of members or of loans, by the singular."""
        return {"book": self.books, "member": self.members, "loan": self.loans}[noun]

    def shelve(self, record: Record, entry_id: int | None = None) -> Entry:
        """Put a book on the shelf, new or instead of another, with its count of free copies.

        Raises:
            Refusal: 409 when more copies are out on loan than there would be.
        """
        lent = 0 if entry_id is None else len(self.loans_of("book_id", entry_id))
        free = _whole(record["copies"]) - lent
        if free < 0:
            raise Refusal(409, f"book {entry_id} is out on loan {lent} times", hint="return it first")
        record = {**record, "available": free}
        now = int(time.time())
        return self.books.add(record, now) if entry_id is None else self.books.put(entry_id, record, now)

    def enrol(self, record: Record, entry_id: int | None = None) -> Entry:
        """Take in a member, new or changed.

        Raises:
            Refusal: 409 when another member has the same e-mail address.
        """
        for entry in self.members.all():
            if entry.record["email"] == record["email"] and entry.id != entry_id:
                raise Refusal(409, f"member {entry.id} has the e-mail address {record['email']}")
        now = int(time.time())
        return self.members.add(record, now) if entry_id is None else self.members.put(entry_id, record, now)

    def lend(self, book_id: int, member_id: int, days: int) -> Entry:
        """Lend a copy of a book to a member.

        Raises:
            Refusal: 422 when there is no such book or member, 409 when the rules forbid it.
        """
        book = _known(self.books, "book_id", book_id)
        member = _known(self.members, "member_id", member_id)
        if not member.record["active"]:
            raise Refusal(409, f"member {member_id} is not active", hint="PATCH the member")
        if any(loan.record["member_id"] == member_id for loan in self.loans_of("book_id", book_id)):
            raise Refusal(409, f"member {member_id} already has book {book_id}")
        if not book.record["available"]:
            raise Refusal(409, f"every copy of book {book_id} is out on loan", hint="try GET /books")
        today = date.today()
        due = today + timedelta(days=days)
        loan = self.loans.add(_loan(book_id, member_id, today.isoformat(), due.isoformat()), int(time.time()))
        self.shelve(book.record, book_id)
        return loan

    def take_back(self, loan_id: int) -> None:
        """End a loan: the copy is free again."""
        book_id = _whole(self.loans.get(loan_id).record["book_id"])
        self.loans.remove(loan_id)
        self.shelve(self.books.get(book_id).record, book_id)

    def discard(self, shelf: Shelf, entry_id: int) -> None:
        """Remove a book or a member.

        Raises:
            Refusal: 409 while a loan names it.
        """
        if self.loans_of(f"{shelf.noun}_id", entry_id):
            raise Refusal(409, f"{shelf.noun} {entry_id} has a loan", hint="DELETE the loan first")
        shelf.remove(entry_id)

    def loans_of(self, key: str, entry_id: int) -> list[Entry]:
        """The loans that name a book (`book_id`) or a member (`member_id`)."""
        return [loan for loan in self.loans.all() if loan.record[key] == entry_id]

    def _seed(self) -> None:
        out = [loan.book_id for loan in LOANS]
        for number, book in enumerate(BOOKS, start=1):
            record: Record = {**book._asdict(), "tags": list(book.tags)}
            record["available"] = book.copies - out.count(number)
            self.books.add(record, OPENING)
        for number, member in enumerate(MEMBERS, start=1):
            postcode = f"AB{number} {number % 9}XY"
            self.members.add(
                {
                    "name": member.name,
                    "email": member.email,
                    "tier": member.tier,
                    "active": member.is_active,
                    "joined": member.joined,
                    "address": {"street": member.street, "city": member.city, "postcode": postcode},
                },
                OPENING,
            )
        for loan in LOANS:
            self.loans.add(_loan(loan.book_id, loan.member_id, loan.lent, loan.due), OPENING)


def _loan(book_id: int, member_id: int, lent: str, due: str) -> Record:
    return {"book_id": book_id, "member_id": member_id, "lent": lent, "due": due}


def _known(shelf: Shelf, field: str, entry_id: int) -> Entry:
    try:
        return shelf.get(entry_id)
    except Refusal as refusal:
        raise Refusal(422, refusal.detail, hint=refusal.hint, errors={field: refusal.detail}) from None


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
