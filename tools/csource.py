"""Finds a function in C or assembly source by its name, and exchanges its body.

An exercise is a function of the tree, without any mark in the code: so the tools have to find it as
a reader would. This is no parser. What can mislead a search for braces (comments, strings,
character constants, preprocessor lines) is blanked first, each character by a space, so that
offsets stay those of the text; at depth 0 a definition is then `name ( … ) {`.

In assembly a routine is what stands between ENTRY(name) and END(name). A label in the first column
with an own name (not a number) parts it: `guest_exit:` inside guest_enter is a routine of its own,
and guest_enter ends at the alignment before it.
"""
import re


class NotFound(Exception):
    """There is no such function, or its source can't be read: one line."""


BLANKED = re.compile(
    r"/\*.*?\*/|//(?:\\\n|[^\n])*"                      # comments
    r"|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"      # strings, characters
    r"|^[ \t]*\#(?:\\\n|/\*.*?\*/|[^\n])*",             # preprocessor lines
    re.S | re.M)


def spaces(text):
    return re.sub(r"[^\n]", " ", text)


def blank(text):
    """The text with all that is no code as spaces: same length, same lines."""
    return BLANKED.sub(lambda m: spaces(m[0]), text)


def closing(code, at):
    """The offset behind the bracket that closes the one at this offset."""
    pairs, depth = {"(": ")", "{": "}", "[": "]"}, []
    for n in range(at, len(code)):
        if code[n] in pairs:
            depth.append(pairs[code[n]])
        elif code[n] in ")}]":
            if not depth or depth.pop() != code[n]:
                break
            if not depth:
                return n + 1
    raise NotFound("a bracket is not closed")


class Function:
    """Where a definition lies: text[start:body] is its head, text[body:end] its body with the
    braces (in assembly: its lines)."""

    def __init__(self, text, name, start, body, end):
        self.name, self.start, self.body, self.end = name, start, body, end
        self.head, self.text = text[start:body], text[body:end]
        self.line = text.count("\n", 0, start) + 1

    def code_lines(self):
        return sum(1 for line in blank(self.text).split("\n") if line.strip(" \t{};"))


def definitions(text):
    """Every function that the C source defines, in order."""
    code, found, at, start = blank(text), [], 0, 0
    while at < len(code):
        char = code[at]
        if char == ";":
            start = at + 1
        elif char in "([":
            at = closing(code, at)
            continue
        elif char == "{":
            end = closing(code, at)
            head = code[start:at]
            name = re.search(r"(\w+)\s*\((?:[^()]|\([^()]*\))*\)\s*$", head)
            if name and "=" not in head:
                begin = start + len(head) - len(head.lstrip())
                found.append(Function(text, name[1], begin, at, end))
                start = end
            elif not re.search(r"=\s*$|\b(?:struct|union|enum)\b[^;]*$", head):
                start = end
            at = end
            continue
        at += 1
    return found


def find_c(text, name):
    found = [one for one in definitions(text) if one.name == name]
    if not found:
        raise NotFound("there is no function %s" % name)
    if len(found) > 1:
        raise NotFound("there is more than one function %s" % name)
    return found[0]


LABEL = re.compile(r"^(?:ENTRY\((\w+)\)|([A-Za-z_]\w*):|END\(\w+\))[^\n]*\n?", re.M)
ALIGNMENT = re.compile(r"(?:\n[ \t]*(?:\.balign|\.align|\.p2align)[^\n]*|\n[ \t]*)*\n?\Z")


def find_assembly(text, name):
    code = re.sub(r"/\*.*?\*/", lambda m: spaces(m[0]), text, flags=re.S)
    marks = list(LABEL.finditer(code))
    for mark, after in zip(marks, marks[1:]):
        if name in (mark[1], mark[2]):
            end = after.start()
            end = mark.end() + ALIGNMENT.search(code[mark.end():end]).start() + 1
            return Function(text, name, mark.start(), mark.end(), min(end, after.start()))
    raise NotFound("there is no routine %s" % name)


def find(path, text, name):
    """The function of that name, or with * the whole file, which then is all body; path tells
    whether it is assembly."""
    if name == "*":
        return Function(text, name, 0, 0, len(text))
    try:
        return (find_assembly if path.endswith(".S") else find_c)(text, name)
    except NotFound as e:
        raise NotFound("%s: %s" % (path, e))


def replace_body(path, text, name, body):
    one = find(path, text, name)
    return text[:one.body] + body + text[one.end:]
