"""Every message id of the four floors, by `pybabel extract -F babel.cfg` (`make template`, and the tests).

This is an extraction method for Babel. Babel's own for Python reads tokens: before Python 3.12 it misses
calls within an f-string, and takes `_(one["role"])` for the sentence "role". This one reads the syntax tree:
    _("..."), mark("...")                   the keywords that Babel is called with
    says, do, do_at_command_line = "..."    in a class: the templates of an error
    what="...", problem="..."               in a call: facts of an error that are words
    CallRefused("slug", "...")              what the centre says to people, by its slug
    class F4(Command): the docstring        the help of a key
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import IO, Any

Found = tuple[int, str, str, list[str]]

_TEMPLATES = ("says", "do", "do_at_command_line")
_FACTS = ("what", "problem")
_TO_PEOPLE = ("code-refused", "no-token", "other-unit", "bad-signature", "conflict", "behind", "not-found")


def sentences(source: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[Found]:
    """(row of the file, "", message id, comments) of each. ValueError for an f-string: it has no one text."""
    del comment_tags, options
    for node in ast.walk(ast.parse(source.read())):
        for text in _said(node, keywords):
            if isinstance(text, ast.JoinedStr):
                raise ValueError(f"line {text.lineno}: an f-string cannot be translated")
            if isinstance(text, ast.Constant) and isinstance(text.value, str) and text.value:
                yield text.lineno, "", text.value, []


def _said(node: ast.AST, keywords: Any) -> list[ast.expr]:
    """The message id in this node, if it is a literal."""
    if isinstance(node, ast.ClassDef):
        return [*_templates(node), *_help(node)]
    if not isinstance(node, ast.Call):
        return []
    name = getattr(node.func, "id", "")
    found = [one.value for one in node.keywords if one.arg in _FACTS]
    if name in keywords:
        found += node.args[:1]
    if name == "CallRefused" and node.args and getattr(node.args[0], "value", "") in _TO_PEOPLE:
        found += [detail for detail in node.args[1:2] if isinstance(detail, ast.Constant)]
    return found


def _templates(node: ast.ClassDef) -> list[ast.expr]:
    return [
        one.value
        for one in node.body
        if isinstance(one, ast.Assign) and getattr(one.targets[0], "id", "") in _TEMPLATES
    ]


def _help(node: ast.ClassDef) -> list[ast.expr]:
    """The docstring of a key's command, in one line, as tui/frame/keys.py shows it."""
    words = ast.get_docstring(node)
    is_key = any(getattr(base, "id", "") in ("Command", "Step") for base in node.bases)
    if words is None or not is_key or node.name == "Step":  # a base class, which is no key itself
        return []
    return [ast.Constant(" ".join(words.split()), lineno=node.lineno)]
