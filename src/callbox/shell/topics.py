"""What help says beside the commands: the words that many of them share."""

from __future__ import annotations

from collections.abc import Mapping

_ITEMS = """\
Name:value        a header               Name:@file        its value from a file
Name:             leave it out           Name;             send it empty
name==value       a query parameter      name==@file       its value from a file
key=text          a body field           key=@file         its text from a file
key:=JSON         a body field, as JSON  key:=@file        its JSON from a file
name@file         upload a file          name@file;type=T  of this media type
@file             the whole body from a file

Keys may nest: address[city]=Delft tags[]=a tags[]=b points[0][x]:=1
The earliest unquoted separator counts; quote or backslash one that is text: a\\=b=c"""

_TARGETS = """\
get /users           from the root of the base's host
get users            below the base, which is a folder
get https://a.x/y    anywhere
get :8000/health     this machine
get a.x/y            https, as the host is a name; http for localhost and addresses
cd URL, cd PATH      move the base"""

_VARIABLES = """\
{{name}}               what set var gave it
{{last.json.a.b[0]}}   a part of the last answer's JSON
{{last.headers.X}}     a header of the last answer
{{last.cookies.x}}     a cookie that it set
{{last.status}}        its status
{{$env.X}}             an environment variable
{{$uuid}}              and the other dynamic ones of .http files
`date +%s`             what a command prints; only typed at the prompt, never in a file

A variable is filled once, when Enter is pressed; its value is never split or run."""

_REDIRECTS = """\
get /x > out.bin     the exact content to a file
get /x >> all.txt    to its end
get /x | jq .a       to a command of the system's shell
! ls                 run a command of the system's shell

A file is written whole or not at all: an answer of 400 or more is shown and not written, a fault leaves the
file as it was. A command gets whatever comes."""

_KEYS = """\
Tab, Shift-Tab     the completions, one after the other; Enter takes the one that is lit
right arrow        takes the grey suggestion of an earlier line
Ctrl-R             search the earlier lines
F1                 help with the word at the cursor
Esc Enter          another row; an open quote or brace goes on by itself
Ctrl-X Ctrl-E      edit the line in $EDITOR
Ctrl-C             clear the line; end the request that runs
Ctrl-D             leave, on an empty line
Ctrl-L, Ctrl-Z     clear the screen; suspend

Emacs' keys, or vi's: set option keys vi"""

_RANGES = """\
3         request 3, as show history counts
2..5      2 to 5
3,5..7    3, and 5 to 7
-1        the last, -2 the one before"""

TOPICS: Mapping[str, tuple[str, str]] = {
    "items": ("What follows the target of a request.", _ITEMS),
    "targets": ("Where a request goes.", _TARGETS),
    "variables": ("Text that is filled in.", _VARIABLES),
    "redirects": ("Where the content goes.", _REDIRECTS),
    "keys": ("Keys at the prompt.", _KEYS),
    "ranges": ("Requests of the history.", _RANGES),
}
"""Name to one line about it, and its text."""
