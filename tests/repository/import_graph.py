"""The import graphs of the integration and the simulator: circles, floors and size.

`python -m tests.repository.import_graph [CHECKOUT]` prints them for this clone or another one.
Imports for types and imports within functions count like all others.
"""

from collections.abc import Callable
from pathlib import Path
import sys

from .source import PLATFORMS, ROOT, imports

type Graph = dict[str, set[str]]

INTEGRATION = "custom_components.ippbx"
SIMULATOR = "pbx_simulator"
FOLDERS = ("custom_components/ippbx", "pbx_simulator", "tests")
# Modules that are a package of their own: everything else belongs to its folder.
ALONE = {
    "const",
    "exceptions",
    "failures",
    "storage",
    "translation",
    "pbx.errors",
    "pbx.backend",
    "pbx.backends",
}


def modules(root: Path = ROOT, program: str = INTEGRATION) -> dict[str, Path]:
    """Return the files of a program by module name: `pbx.model.lines`, `calls.__init__`."""
    top = root.joinpath(*program.split("."))
    return {
        ".".join(path.relative_to(top).with_suffix("").parts): path
        for path in sorted(top.rglob("*.py"))
    }


def targets(path: Path, root: Path = ROOT, program: str = INTEGRATION) -> list[tuple[str, int]]:
    """Return what a file imports of its program, with the line: `pbx.model.lines.Trunk`."""
    return [
        (name.removeprefix(program).removeprefix("."), line)
        for name, line in imports(path, root)
        if name == program or name.startswith(f"{program}.")
    ]


def module_of(target: str, known: dict[str, Path]) -> str:
    """Return the module in which an imported name is: the name itself or the part before it."""
    parts = target.split(".")
    for length in range(len(parts), 0, -1):
        name = ".".join(parts[:length])
        for candidate in (name, f"{name}.__init__"):
            if candidate in known:
                return candidate
    return "__init__"


def package_of(module: str) -> str:
    """Return the package of a module: a folder, a module of `ALONE`, or "root"."""
    folder, *below = module.split(".")
    if module in ALONE:
        return module
    if not below or folder in PLATFORMS:
        return "root"
    return f"{folder}.{below[0]}" if folder == "pbx" and len(below) > 1 else folder


def module_graph(root: Path = ROOT, program: str = INTEGRATION) -> Graph:
    """Return the modules that each module of a program imports."""
    known = modules(root, program)
    return {
        module: {module_of(target, known) for target, _ in targets(path, root, program)} - {module}
        for module, path in known.items()
    }


def grouped(graph: Graph, group: Callable[[str], str]) -> Graph:
    """Return the graph of groups of nodes; edges within a group are left out."""
    found: Graph = {group(node): set() for node in graph}
    for node, nexts in graph.items():
        found[group(node)] |= {group(other) for other in nexts} - {group(node)}
    return found


def reachable(graph: Graph, start: str) -> set[str]:
    """Return everything that `start` imports, directly or not."""
    found: set[str] = set()
    waiting = set(graph[start])
    while waiting:
        node = waiting.pop()
        found.add(node)
        waiting |= graph[node] - found
    return found


def circles(graph: Graph) -> list[list[str]]:
    """Return the strongly connected components of more than one node, the largest first."""
    reach = {node: reachable(graph, node) for node in graph}
    found = {
        tuple(sorted(other for other in reach[node] if node in reach[other]))
        for node in graph
        if node in reach[node]
    }
    return sorted((list(circle) for circle in found), key=lambda circle: (-len(circle), circle))


def longest_chain(graph: Graph) -> list[str]:
    """Return the longest chain of imports, from the importing end; a circle counts as one link."""
    circle_of = {node: " + ".join(circle) for circle in circles(graph) for node in circle}
    acyclic = grouped(graph, lambda node: circle_of.get(node, node))
    chains: dict[str, list[str]] = {}

    def chain(node: str) -> list[str]:
        if node not in chains:
            below = max((chain(other) for other in sorted(acyclic[node])), key=len, default=[])
            chains[node] = [node, *below]
        return chains[node]

    return max((chain(node) for node in sorted(acyclic)), key=len, default=[])


def lines_of_python(folder: Path) -> int:
    """Return the number of lines of all Python files in a folder."""
    return sum(len(path.read_text().splitlines()) for path in folder.rglob("*.py"))


def _print_graph(kind: str, graph: Graph) -> None:
    found = circles(graph)
    in_circles = sum(len(circle) for circle in found)
    largest = max((len(circle) for circle in found), default=0)
    chain = longest_chain(graph)
    print(f"{len(graph)} {kind}, {in_circles} in {len(found)} circles, the largest of {largest}")
    for circle in found:
        print(f"  circle: {', '.join(circle)}")
    print(f"  floors: {len(chain)}")
    for number, node in enumerate(reversed(chain), 1):
        print(f"    {number:2} {node}")


def main(root: Path = ROOT) -> None:
    """Print circles, floors and lines of a clone."""
    graph = module_graph(root)
    _print_graph("modules of the integration", graph)
    _print_graph("packages of the integration", grouped(graph, package_of))
    _print_graph("modules of the simulator", module_graph(root, SIMULATOR))
    for folder in FOLDERS:
        print(f"{lines_of_python(root / folder):6} lines of Python in {folder}")


if __name__ == "__main__":
    main(*(Path(argument).resolve() for argument in sys.argv[1:2]))
