"""Where each reference of a schema leads: by id, by anchor, by pointer, to a file beside it; never to the network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NoReturn
from urllib.parse import unquote, urldefrag, urljoin

from evtrace.contracts.jsonschema import dialects
from evtrace.contracts.jsonschema.dialects import Dialect
from evtrace.contracts.jsonschema.places import REFERENCES, Place, candidates, parts

Refuse = Callable[[Place, str], NoReturn]
At = Callable[[Place], Any]


class References:
    """The ids and anchors of all files that were read so far, and the targets found with them."""

    def __init__(self, dialect: Dialect, at: At, load: Callable[[str], bool], refuse: Refuse) -> None:
        self.targets: dict[Place, Place] = {}
        self.fetched: dict[str, str] = {}  # absolute URI → file, for the validator library
        self._dialect, self._at, self._load, self._refuse = dialect, at, load, refuse
        self._bases: dict[
            str, dict[str, str]
        ] = {}  # file → pointer of a schema with an id → that id, absolute
        self._ids: dict[str, Place] = {}
        self._anchors: dict[tuple[str, str], Place] = {}
        self._dynamic: dict[str, list[Place]] = {}
        self._recursive = 0  # how many schemas $recursiveRef may lead to

    def index(self, name: str) -> None:
        """Remember every id and anchor of a file."""
        bases = self._bases[name] = {"": name}
        root = Place(name, "")
        found = sorted(candidates(self._at(root), root), key=lambda pair: pair[0].pointer.count("/"))
        for place, raw in found:
            if place.pointer and isinstance(raw.get("$ref"), str) and self._dialect.ref_stands_alone:
                continue
            base, own = _nearest(bases, place), raw.get(self._dialect.id_key)
            if isinstance(own, str) and own.startswith("#"):
                self._anchors[base, own[1:]] = place
            elif isinstance(own, str):
                bases[place.pointer] = base = urldefrag(_joined(base, own))[0]
                self._ids.setdefault(base, place)
            if self._dialect.year >= 2019:
                self._index_anchors(base, place, raw)
        self._ids.setdefault(name, root)

    def _index_anchors(self, base: str, place: Place, raw: dict[str, Any]) -> None:
        for key in ("$anchor", "$dynamicAnchor"):
            if isinstance(raw.get(key), str):
                self._anchors[base, raw[key]] = place
        if isinstance(raw.get("$dynamicAnchor"), str):
            self._dynamic.setdefault(raw["$dynamicAnchor"], []).append(place)
        self._recursive += raw.get("$recursiveAnchor") is True

    def resolve(self, entry: Place) -> None:
        """Follow every reference from the entry on, reading further files as they are met."""
        todo, seen = [entry], {entry}
        while todo:
            place = todo.pop()
            raw = self._at(place)
            found = [inner for inner, _ in parts(raw, place, self._dialect)]
            for keyword in REFERENCES:
                if (
                    isinstance(raw, dict)
                    and isinstance(raw.get(keyword), str)
                    and dialects.knows(self._dialect, keyword)
                ):
                    self.targets[place.step(keyword)] = self._target(place, keyword, raw[keyword])
                    found.append(self.targets[place.step(keyword)])
            todo += [inner for inner in found if inner not in seen]
            seen.update(found)
        self._forget_ambiguous()

    def _forget_ambiguous(self) -> None:
        """Now that all is read: references whose target only the way of a value through the schema decides."""
        for place, target in list(self.targets.items()):
            keyword = place.pointer.rpartition("/")[2]
            if keyword == "$recursiveRef":
                is_one = not self._is_recursive(target) or self._recursive == 1
            elif keyword == "$dynamicRef":
                is_one = len(self._dynamic.get(urldefrag(self._at(place))[1], ())) <= 1
            else:
                continue
            if not is_one:
                del self.targets[place]

    def _target(self, place: Place, keyword: str, ref: str) -> Place:
        return self._follow(place, keyword, "#" if keyword == "$recursiveRef" else ref)

    def _is_recursive(self, place: Place) -> bool:
        raw = self._at(place)
        return isinstance(raw, dict) and raw.get("$recursiveAnchor") is True

    def _follow(self, place: Place, keyword: str, ref: str) -> Place:
        uri, fragment = urldefrag(_joined(_nearest(self._bases[place.file], place), ref))
        root = self._ids.get(uri) or self._further(place, keyword, ref, uri)
        fragment = unquote(fragment)
        if fragment and not fragment.startswith("/"):
            anchor = self._anchors.get((uri, fragment)) or self._anchors.get((root.file, fragment))
            return anchor or self._nowhere(place, keyword, ref)
        target = Place(root.file, root.pointer + fragment)
        try:
            is_schema = isinstance(self._at(target), (dict, bool))
        except (KeyError, IndexError, ValueError, TypeError):
            is_schema = False
        return target if is_schema else self._nowhere(place, keyword, ref)

    def _further(self, place: Place, keyword: str, ref: str, uri: str) -> Place:
        """A file beside this one; an address in the network is never fetched."""
        name = urldefrag(_joined(place.file, ref))[0]
        if "://" in name or name.startswith(("urn:", "//")):
            reason = f"{keyword} {ref} leads to the network, where nothing is fetched; keep a copy beside it"
            self._refuse(place.step(keyword), reason)
        if name not in self._bases:
            if not self._load(name):
                self._nowhere(place, keyword, ref)
            self.index(name)
        self.fetched[uri] = name
        return self._ids.get(uri, Place(name, ""))

    def _nowhere(self, place: Place, keyword: str, ref: str) -> NoReturn:
        self._refuse(place.step(keyword), f"{keyword} {ref} leads nowhere")

    # -- loops

    def refuse_loops(self) -> None:
        """A reference that comes back to itself on the same value would never end."""
        done: set[Place] = set()
        for start in self.targets:
            if self._comes_back(start.above, (), done):
                self._refuse(start, "this $ref leads back to itself without going into a property or an item")

    def _comes_back(self, place: Place, path: tuple[Place, ...], done: set[Place]) -> bool:
        if place in path:
            return True
        if place in done:
            return False
        found = any(self._comes_back(inner, (*path, place), done) for inner in self._in_place(place))
        done.add(place)
        return found

    def _in_place(self, place: Place) -> Iterator[Place]:
        """Schemas that apply to the very value to which this one does."""
        for keyword in REFERENCES:
            if place.step(keyword) in self.targets:
                yield self.targets[place.step(keyword)]
        yield from (inner for inner, is_same in parts(self._at(place), place, self._dialect) if is_same)


def _nearest(bases: dict[str, str], place: Place) -> str:
    """The id of the schema around a place."""
    pointer = place.pointer
    while pointer not in bases:
        pointer = pointer.rpartition("/")[0]
    return bases[pointer]


def _joined(base: str, ref: str) -> str:
    """A reference from a base, which may be a urn: and as such has nothing relative but its fragments."""
    return f"{urldefrag(base)[0]}{ref}" if not ref or ref.startswith("#") else urljoin(base, ref)
