"""The state of the server in memory: the library's data and its rules of lending, logins, digest nonces, attempts.

The data do not depend on HTTP, except that a broken rule raises a `Problem`. `Library` and each class of the logins
have a lock of their own and a maximum size, so that no client can make the state grow without limit.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple, TypeAlias

from callbox.practice.connection_and_messages import Problem

GENRES = (
    "adventure",
    "children",
    "drama",
    "fantasy",
    "history",
    "horror",
    "mystery",
    "novel",
    "philosophy",
    "poetry",
    "science-fiction",
    "short-stories",
)
TIERS = ("child", "adult", "senior", "staff")


class SeedBook(NamedTuple):
    """A book of the initial records."""

    title: str
    author: str
    genre: str
    year: int
    language: str
    pages: int
    copies: int
    tags: tuple[str, ...] = ()


class SeedMember(NamedTuple):
    """A member of the initial records."""

    name: str
    email: str
    tier: str
    joined: str
    street: str
    city: str
    is_active: bool = True


class SeedLoan(NamedTuple):
    """A loan of the initial records. Ids count from 1 in the order of the tables."""

    book_id: int
    member_id: int
    lent: str
    due: str


BOOKS = (
    SeedBook("Pride and Prejudice", "Jane Austen", "novel", 1813, "en", 432, 3, ("classic", "marriage")),
    SeedBook("Emma", "Jane Austen", "novel", 1815, "en", 474, 2, ("classic",)),
    SeedBook("Persuasion", "Jane Austen", "novel", 1817, "en", 249, 1, ("classic",)),
    SeedBook("Frankenstein", "Mary Shelley", "horror", 1818, "en", 280, 2, ("gothic", "science")),
    SeedBook("The Last Man", "Mary Shelley", "science-fiction", 1826, "en", 479, 1, ("plague",)),
    SeedBook("Jane Eyre", "Charlotte Brontë", "novel", 1847, "en", 532, 2, ("gothic", "classic")),
    SeedBook("Wuthering Heights", "Emily Brontë", "novel", 1847, "en", 342, 2, ("moors",)),
    SeedBook("Middlemarch", "George Eliot", "novel", 1871, "en", 880, 1, ("provincial",)),
    SeedBook("Great Expectations", "Charles Dickens", "novel", 1861, "en", 544, 2, ("classic",)),
    SeedBook("A Tale of Two Cities", "Charles Dickens", "novel", 1859, "en", 448, 2, ("revolution",)),
    SeedBook("A Christmas Carol", "Charles Dickens", "short-stories", 1843, "en", 104, 4, ("winter", "ghosts")),
    SeedBook("The Moonstone", "Wilkie Collins", "mystery", 1868, "en", 528, 1, ("detective",)),
    SeedBook("The Woman in White", "Wilkie Collins", "mystery", 1860, "en", 672, 1, ("detective",)),
    SeedBook("A Study in Scarlet", "Arthur Conan Doyle", "mystery", 1887, "en", 176, 2, ("detective", "London")),
    SeedBook("The Hound of the Baskervilles", "Arthur Conan Doyle", "mystery", 1902, "en", 256, 1, ("moors",)),
    SeedBook("The Time Machine", "H. G. Wells", "science-fiction", 1895, "en", 118, 2, ("time",)),
    SeedBook("The War of the Worlds", "H. G. Wells", "science-fiction", 1898, "en", 192, 2, ("invasion", "Mars")),
    SeedBook("Dracula", "Bram Stoker", "horror", 1897, "en", 418, 2, ("gothic", "letters")),
    SeedBook("Treasure Island", "Robert Louis Stevenson", "adventure", 1883, "en", 292, 3, ("pirates", "sea")),
    SeedBook("Kidnapped", "Robert Louis Stevenson", "adventure", 1886, "en", 288, 1, ("Scotland",)),
    SeedBook("Moby-Dick", "Herman Melville", "adventure", 1851, "en", 635, 1, ("sea", "whales")),
    SeedBook("Walden", "Henry David Thoreau", "philosophy", 1854, "en", 352, 1, ("nature",)),
    SeedBook("Leaves of Grass", "Walt Whitman", "poetry", 1855, "en", 624, 1, ("America",)),
    SeedBook("Little Women", "Louisa May Alcott", "children", 1868, "en", 449, 2, ("sisters",)),
    SeedBook("Alice's Adventures in Wonderland", "Lewis Carroll", "children", 1865, "en", 136, 3, ("nonsense",)),
    SeedBook("Through the Looking-Glass", "Lewis Carroll", "children", 1871, "en", 154, 2, ("nonsense", "chess")),
    SeedBook("The Wind in the Willows", "Kenneth Grahame", "children", 1908, "en", 240, 2, ("river",)),
    SeedBook("Vingt mille lieues sous les mers", "Jules Verne", "adventure", 1870, "fr", 608, 1, ("sea",)),
    SeedBook("Le Comte de Monte-Cristo", "Alexandre Dumas", "adventure", 1846, "fr", 1243, 1, ("revenge",)),
    SeedBook("Les Misérables", "Victor Hugo", "novel", 1862, "fr", 1462, 1, ("Paris", "revolution")),
    SeedBook("Madame Bovary", "Gustave Flaubert", "novel", 1857, "fr", 424, 1, ("provincial",)),
    SeedBook("Faust. Eine Tragödie", "Johann Wolfgang von Goethe", "drama", 1808, "de", 308, 1, ("devil",)),
    SeedBook("Die Verwandlung", "Franz Kafka", "short-stories", 1915, "de", 74, 2, ("beetle",)),
    SeedBook("Don Quijote de la Mancha", "Miguel de Cervantes", "novel", 1605, "es", 1072, 1, ("knights",)),
    SeedBook("Преступление и наказание", "Фёдор Достоевский", "novel", 1866, "ru", 574, 1, ("guilt",)),
    SeedBook("Война и мир", "Лев Толстой", "novel", 1869, "ru", 1225, 1, ("war", "peace")),
    SeedBook("源氏物語", "紫式部", "novel", 1008, "ja", 1216, 1, ("court",)),
    SeedBook("Hamlet", "William Shakespeare", "drama", 1603, "en", 289, 2, ("tragedy", "Denmark")),
    SeedBook("The Tempest", "William Shakespeare", "drama", 1611, "en", 218, 1, ("island", "magic")),
    SeedBook("Sonnets", "William Shakespeare", "poetry", 1609, "en", 176, 1, ("love",)),
    SeedBook("Meditations", "Marcus Aurelius", "philosophy", 180, "grc", 254, 1, ("stoic",)),
    SeedBook("The Histories", "Herodotus", "history", -430, "grc", 716, 1, ("Persia",)),
)

MEMBERS = (
    SeedMember("Ann Porter", "ann@example.org", "staff", "2019-03-04", "1 Mill Lane", "Ashby"),
    SeedMember("Ben Okafor", "ben@example.org", "adult", "2020-01-15", "14 High Street", "Ashby"),
    SeedMember("Chloé Dubois", "chloe@example.org", "adult", "2020-06-30", "3 Station Road", "Brook"),
    SeedMember("Dmitri Ivanov", "dmitri@example.org", "senior", "2018-11-02", "27 Park View", "Ashby"),
    SeedMember("Eiko Tanaka", "eiko@example.org", "adult", "2021-04-19", "8 Church Walk", "Calder"),
    SeedMember("Farid Haddad", "farid@example.org", "adult", "2021-09-09", "52 Canal Side", "Brook"),
    SeedMember("Grace O'Neill", "grace@example.org", "child", "2022-02-11", "5 Orchard Close", "Ashby"),
    SeedMember("Hana Nováková", "hana@example.org", "adult", "2022-08-23", "19 Bridge End", "Calder"),
    SeedMember("Ivan Petrović", "ivan@example.org", "senior", "2017-05-17", "2 The Green", "Brook", False),
    SeedMember("Jun Li", "jun@example.org", "child", "2023-10-01", "11 Meadow Way", "Ashby"),
    SeedMember("Kofi Mensah", "kofi@example.org", "adult", "2024-01-08", "33 Quarry Road", "Calder"),
    SeedMember("Lena Schmidt", "lena@example.org", "adult", "2024-05-27", "6 Weaver Row", "Brook"),
)

LOANS = (
    SeedLoan(3, 2, "2024-08-19", "2024-09-09"),
    SeedLoan(8, 4, "2024-08-21", "2024-09-11"),
    SeedLoan(1, 5, "2024-08-23", "2024-09-13"),
    SeedLoan(17, 7, "2024-08-26", "2024-09-16"),
    SeedLoan(25, 10, "2024-08-30", "2024-09-20"),
)


Record: TypeAlias = dict[str, object]

# When the initial records were last changed; equal for every practice API.
OPENING = 1_725_264_000
_TABLE_LIMIT = 10_000


class StoredRecord(NamedTuple):
    """A stored record. `modified` is in seconds of the epoch, and `version` counts its changes from 1."""

    id: int
    record: Record
    version: int
    modified: int


class Table:
    """The records of one kind by id. The lock of the library protects them."""

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self._entries: dict[int, StoredRecord] = {}
        self._last_id = 0

    def all(self) -> list[StoredRecord]:
        """All records, oldest first."""
        return list(self._entries.values())

    def get(self, entry_id: int) -> StoredRecord:
        """The record with this id.

        Raises:
            Problem: 404 if there is none.
        """
        entry = self._entries.get(entry_id)
        if entry is None:
            raise Problem(404, f"there is no {self.noun} {entry_id}", hint=f"GET /{self.noun}s lists all {self.noun}s")
        return entry

    def add(self, record: Record, modified: int) -> StoredRecord:
        """Add a new record and give it an id."""
        if len(self._entries) >= _TABLE_LIMIT:
            raise Problem(507, f"the shelf of {self.noun}s is full", hint="start the practice API again")
        self._last_id += 1
        entry = StoredRecord(self._last_id, {"id": self._last_id, **record}, 1, modified)
        self._entries[entry.id] = entry
        return entry

    def put(self, entry_id: int, record: Record, modified: int) -> StoredRecord:
        """Replace a record."""
        before = self.get(entry_id)
        entry = StoredRecord(entry_id, {"id": entry_id, **record}, before.version + 1, modified)
        self._entries[entry_id] = entry
        return entry

    def remove(self, entry_id: int) -> None:
        """Remove a record. Its id is not used again."""
        del self._entries[self.get(entry_id).id]


class Library:
    """Three tables and the rules between them. Hold `lock` around steps that belong together."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.books = Table("book")
        self.members = Table("member")
        self.loans = Table("loan")
        self._seed()

    def table(self, noun: str) -> Table:
        """The table of books, members or loans, by its name in the singular."""
        return {"book": self.books, "member": self.members, "loan": self.loans}[noun]

    def save_book(self, record: Record, entry_id: int | None = None) -> StoredRecord:
        """Add or replace a book, with its number of free copies.

        Raises:
            Problem: 409 if more copies are on loan than there would be.
        """
        lent = 0 if entry_id is None else len(self.loans_of("book_id", entry_id))
        free = _as_int(record["copies"]) - lent
        if free < 0:
            raise Problem(409, f"book {entry_id} is out on loan {lent} times", hint="return it first")
        record = {**record, "available": free}
        now = int(time.time())
        return self.books.add(record, now) if entry_id is None else self.books.put(entry_id, record, now)

    def save_member(self, record: Record, entry_id: int | None = None) -> StoredRecord:
        """Add or replace a member.

        Raises:
            Problem: 409 if another member has the same e-mail address.
        """
        for entry in self.members.all():
            if entry.record["email"] == record["email"] and entry.id != entry_id:
                raise Problem(409, f"member {entry.id} has the e-mail address {record['email']}")
        now = int(time.time())
        return self.members.add(record, now) if entry_id is None else self.members.put(entry_id, record, now)

    def lend(self, book_id: int, member_id: int, days: int) -> StoredRecord:
        """Lend a copy of a book to a member.

        Raises: Problem: 422 if there is no such book or member, 409 if the rules forbid the loan.
        """
        book = _get_referenced(self.books, "book_id", book_id)
        member = _get_referenced(self.members, "member_id", member_id)
        if not member.record["active"]:
            raise Problem(409, f"member {member_id} is not active", hint="PATCH the member")
        if any(loan.record["member_id"] == member_id for loan in self.loans_of("book_id", book_id)):
            raise Problem(409, f"member {member_id} already has book {book_id}")
        if not book.record["available"]:
            raise Problem(409, f"every copy of book {book_id} is out on loan", hint="try GET /books")
        today = date.today()
        due = today + timedelta(days=days)
        loan = self.loans.add(_loan(book_id, member_id, today.isoformat(), due.isoformat()), int(time.time()))
        self.save_book(book.record, book_id)
        return loan

    def end_loan(self, loan_id: int) -> None:
        """End a loan: the copy is free again."""
        book_id = _as_int(self.loans.get(loan_id).record["book_id"])
        self.loans.remove(loan_id)
        self.save_book(self.books.get(book_id).record, book_id)

    def remove_unlent(self, table: Table, entry_id: int) -> None:
        """Remove a book or a member.

        Raises:
            Problem: 409 if a loan names it.
        """
        if self.loans_of(f"{table.noun}_id", entry_id):
            raise Problem(409, f"{table.noun} {entry_id} has a loan", hint="DELETE the loan first")
        table.remove(entry_id)

    def loans_of(self, key: str, entry_id: int) -> list[StoredRecord]:
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


def _get_referenced(table: Table, field: str, entry_id: int) -> StoredRecord:
    try:
        return table.get(entry_id)
    except Problem as problem:
        raise Problem(422, problem.detail, hint=problem.hint, errors={field: problem.detail}) from None


def _as_int(value: object) -> int:
    return value if isinstance(value, int) else 0


USER = "ann"
PASSWORD = "secret"  # this password of the practice API is published, and protects nothing
FIXED_TOKEN = "letmein"

_LIMIT = 1_000


class Login(NamedTuple):
    """One login: the user, the value of the `sid` cookie, and the token for `Authorization: Bearer`."""

    user: str
    sid: str
    token: str


class Sessions:
    """The current logins."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_key: OrderedDict[str, Login] = OrderedDict()

    def open(self, user: str) -> Login:
        """Create a login."""
        login = Login(user, secrets.token_hex(12), secrets.token_urlsafe(24))
        with self._lock:
            self._by_key[login.sid] = self._by_key[login.token] = login
            while len(self._by_key) > _LIMIT:
                self._by_key.popitem(last=False)
        return login

    def find(self, key: str) -> Login | None:
        """The login of a sid or a token."""
        if key == FIXED_TOKEN:
            return Login(USER, "", FIXED_TOKEN)
        return self._by_key.get(key)

    def end(self, key: str) -> None:
        """End the login of a sid or a token; its other key is removed too."""
        with self._lock:
            login = self._by_key.get(key)
            if login is not None:
                self._by_key.pop(login.sid, None)
                self._by_key.pop(login.token, None)


class Nonces:
    """The nonces of digest authentication, with the counts already used (RFC 7616 section 3.4)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._used: OrderedDict[str, set[str]] = OrderedDict()

    def issue(self) -> str:
        """A new nonce."""
        nonce = secrets.token_hex(16)
        with self._lock:
            self._used[nonce] = set()
            while len(self._used) > _LIMIT:
                self._used.popitem(last=False)
        return nonce

    def use(self, nonce: str, count: str, most: int) -> bool:
        """Whether this count of this nonce is new. It is not new at its second use, or after `most` uses."""
        with self._lock:
            used = self._used.get(nonce)
            if used is None or count in used or len(used) >= min(most, _LIMIT):
                return False
            used.add(count)
            return True


class Attempts:
    """Counts the attempts for each key."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: OrderedDict[str, int] = OrderedDict()

    def count(self, key: str) -> int:
        """The number of this attempt, from 1."""
        with self._lock:
            number = self._counts.pop(key, 0) + 1
            self._counts[key] = number
            if len(self._counts) > _LIMIT:
                self._counts.popitem(last=False)
            return number


@dataclass(slots=True)
class PracticeState:
    """The state shared by all calls: the data, the logins, the nonces, and the two URLs."""

    urls: tuple[str, str] = ("", "")
    library: Library = field(default_factory=Library)
    sessions: Sessions = field(default_factory=Sessions)
    nonces: Nonces = field(default_factory=Nonces)
    attempts: Attempts = field(default_factory=Attempts)
