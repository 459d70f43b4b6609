# Sourced by the groups that run pytest.
source "$(dirname "$0")/../../scripts/env.sh"
export HIP_RUN=$BUILD/bin/hip-run HIPC_LIBRARY=$BUILD/lib/libhipc.so

# Runs pytest with all arguments but the first, which is the file for the
# counts of its tests, and gives its status.
run_pytest() {
  local counts=$1 xml status
  xml=$(mktemp)
  "$PYTHON" -m pytest -q "${@:2}" --junitxml "$xml"
  status=$?
  python3 "$ROOT/.ci/checks/junit.py" "$counts" "$xml" || status=1
  rm -f "$xml"
  return $status
}
