#!/usr/bin/env bash
# Installs what is missing, builds, and runs every check.
# Usage: scripts/test.sh [GROUP...]; groups are the files of .ci/checks.
set -uo pipefail
source "$(dirname "$0")/env.sh"

bash "$ROOT/scripts/setup.sh" test || exit 1
groups=("$@")
((${#groups[@]})) || groups=(format build tidy lit unit tools python ptx ledger numeric fuzz wheel docs)

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
passed=0 failed=0 skipped=0
for group in "${groups[@]}"; do
  [[ -x $ROOT/.ci/checks/$group ]] ||
    fail "no group '$group'; there are: $(ls "$ROOT/.ci/checks" | xargs)"
  step "$group"
  # A check prints its progress and leaves "passed failed skipped" in $1.
  "$ROOT/.ci/checks/$group" "$results/$group"
  status=$?
  read -r p f s < <(cat "$results/$group" 2>/dev/null) || p=0 f=0 s=0
  ((status != 0 && f == 0)) && f=1
  if ((p + f == 0)); then
    echo "error: group '$group' ran no test"
    f=1
  fi
  ((passed += p, failed += f, skipped += s))
  [[ $group == build && $status != 0 ]] && break
done

allowed=$(cat "$ROOT/.ci/skips")
if ((skipped > allowed)); then
  echo "error: $skipped tests were skipped, at most $allowed may be (.ci/skips)"
  ((failed += 1))
fi
echo
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0))
