# Sourced by the other scripts: finds a Python, brings uv along and makes virtual environments, all inside the clone.
#
#   use_environment KIND [ARGUMENT...]    KIND is "test" or "demo"; sets `python` (the environment's interpreter),
#                                         `release` (3.13 or 3.14) and `arguments` (what was not for us)
#
# Understood among the arguments: --python 3.13|3.14, --group NAME (a dependency group of pyproject.toml).
# The variable PYTHON names an interpreter to use; else the newest fitting one is looked for.
# shellcheck shell=bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p .cache

# Print which release of Home Assistant's two Pythons "$1" is, nothing if it is neither.
release_of() {
  "$1" -c 'import sys
v = sys.version_info[:3]
print("3.14" if v >= (3, 14, 2) else "3.13" if (3, 13, 2) <= v < (3, 14) else "")' 2>/dev/null || true
}

# Print the first interpreter of release "$1" among those that a machine may have.
find_python() {
  local candidate
  for candidate in "python$1" python3 "/usr/bin/python$1" /usr/bin/python3 .cache/python/*/bin/"python$1"; do
    if [[ $(release_of "$candidate") == "$1" ]]; then
      "$candidate" -c 'import sys; print(sys.executable)'
      return
    fi
  done
  return 1
}

# Have uv fetch release "$1" into the clone; a failure is remembered for a day, so that it costs nothing.
fetch_python() {
  local failed=.cache/no-python-$1
  if [[ $(find "$failed" -mmin -1440 2>/dev/null) ]]; then return 1; fi
  bring_uv || return 1
  if UV_PYTHON_INSTALL_DIR=$PWD/.cache/python UV_PYTHON_INSTALL_BIN=0 UV_HTTP_RETRIES=0 UV_HTTP_CONNECT_TIMEOUT=5 \
    timeout 300 "$uv" python install --quiet "$1" >/dev/null 2>&1 && find_python "$1"; then
    return
  fi
  touch "$failed"
  return 1
}

# Set `uv`: the machine's own if it is recent enough, else one that pip puts into the clone.
bring_uv() {
  local candidate help
  for candidate in .cache/uv/bin/uv uv; do
    help=$("$candidate" pip install --help 2>/dev/null) || continue
    if [[ $help == *--exact* && $help == *--group* ]]; then
      uv=$candidate
      return
    fi
  done
  for candidate in "${PYTHON:-python3}" python3 /usr/bin/python3 python3.14 python3.13; do
    if "$candidate" -m pip --version >/dev/null 2>&1; then
      echo "Installing uv into .cache/uv" >&2
      "$candidate" -m pip install --quiet --disable-pip-version-check --root-user-action ignore \
        --upgrade --target .cache/uv 'uv>=0.9' >&2 || return 1
      uv=.cache/uv/bin/uv
      return
    fi
  done
  return 1
}

# Set `base` and `release` to the interpreter to build on: PYTHON, the wanted release, or the newest that can be had.
choose_python() {
  local wanted=$1 candidate
  if [[ ${PYTHON:-} ]]; then
    base=$PYTHON release=$(release_of "$PYTHON")
    if [[ $release && ${wanted:-$release} == "$release" ]]; then return; fi
    echo "PYTHON=$PYTHON is not Python ${wanted:-3.13.2+ or 3.14.2+}" >&2
    exit 1
  fi
  for candidate in ${wanted:-3.14 3.13}; do
    if base=$(find_python "$candidate") || base=$(fetch_python "$candidate"); then
      release=$candidate
      return
    fi
  done
  echo "No Python ${wanted:-3.14 or 3.13} found, and uv could not fetch one" >&2
  exit 1
}

# Print the parts of pyproject.toml that decide about packages.
of_packages() {
  awk '/^\[/ { shown = /^\[(dependency-groups|tool\.uv)\]/ } shown' pyproject.toml
}

# Make or update .venv-GROUP with the packages of dependency group "$1"; nothing to do if nothing changed since.
make_environment() {
  local group=$1 wanted
  wanted=$({ of_packages && "$base" -VV; } | sha256sum)
  python=.venv-$group/bin/python
  if [[ $(cat ".venv-$group/.stamp" 2>/dev/null) == "$wanted" ]] && "$python" -c '' 2>/dev/null; then return; fi
  if ! bring_uv; then
    echo "Neither uv nor pip is here. On Debian: apt install python3-pip" >&2
    exit 1
  fi
  echo "Installing the packages of group $group into .venv-$group" >&2
  if [[ $("$python" -VV 2>/dev/null) != $("$base" -VV) ]]; then
    "$uv" venv --quiet --clear --no-project --python "$base" ".venv-$group" >&2
  fi
  "$uv" pip install --quiet --exact --python "$python" --group "$group" >&2
  echo "$wanted" >".venv-$group/.stamp"
}

use_environment() {
  local kind=$1 wanted='' group=''
  shift
  arguments=()
  while (($#)); do
    case $1 in
      --python | --group)
        if (($# < 2)); then echo "$1 needs a value" >&2; exit 2; fi
        if [[ $1 == --python ]]; then wanted=$2; else group=$2; fi
        shift
        ;;
      *) arguments+=("$1") ;;
    esac
    shift
  done
  case $group in # a group's Home Assistant runs on one release only
    newest | demo) wanted=${wanted:-3.14} ;;
    oldest | demo-oldest) wanted=${wanted:-3.13} ;;
  esac
  choose_python "$wanted"
  case $kind-$release in
    test-3.13) group=${group:-oldest} ;;
    test-3.14) group=${group:-newest} ;;
    demo-3.13) group=${group:-demo-oldest} ;;
    demo-3.14) group=${group:-demo} ;;
  esac
  # One installer at a time: two scripts may be started at once.
  exec 9>.cache/lock
  flock 9
  make_environment "$group"
  exec 9>&-
}
