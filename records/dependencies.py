"""Which component stands on which: the walk up to what may explain a trouble, and circles, which must not be. Pure."""

from collections.abc import Iterable, Mapping

#: Per component the ids of those it depends on.
Needs = Mapping[str, Iterable[str]]


def above(start: str, needs: Needs) -> frozenset[str]:
    """Everything that `start` depends on, however far up; never `start` itself.

    >>> sorted(above("usdc-arbitrum", {"usdc-arbitrum": ["arbitrum"], "arbitrum": ["ethereum"]}))
    ['arbitrum', 'ethereum']
    """
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for target in needs.get(waiting.pop(), ()):
            if target not in found and target != start:
                found.add(target)
                waiting.append(target)
    return frozenset(found)


def way_back(start: str, needs: Needs) -> list[str]:
    """The way from `start` along its dependencies back to itself; empty when there is none.

    >>> way_back("a", {"a": ["b"], "b": ["c"], "c": ["a"]})
    ['a', 'b', 'c']
    """
    came_from: dict[str, str] = {}
    waiting = [start]
    while waiting:
        name = waiting.pop()
        for target in needs.get(name, ()):
            if target == start:
                way = [name]
                while way[-1] != start:
                    way.append(came_from[way[-1]])
                return way[::-1]
            if target not in came_from:
                came_from[target] = name
                waiting.append(target)
    return []
