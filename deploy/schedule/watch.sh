#!/bin/sh
# Watch new rows; on an ALARM, train on fresh data, and let the better model be champion.
#
#   MODEL_NAME=prices ROWS=new.csv TABLE=all.csv TARGET=price deploy/schedule/watch.sh [--trials 50 ...]
#
# It works in a checkout or the image of this project, with the Python that has its packages
# (`. .venv/bin/activate`); what is given goes to `main`. A mistake ends with its own status and
# trains nothing.
set -eu
: "${ROWS:?the rows to watch}" "${TABLE:?the table to train on where they are an ALARM}" "${TARGET:?its target}"
name=${MODEL_NAME:-reprise}

said=$(mktemp)
trap 'rm -f "$said"' EXIT
status=0
python -m steps.watch --model "models:/$name@champion" --data "$ROWS" ${GATE:+--gate "$GATE"} \
  >"$said" || status=$?
cat "$said"
if [ "$status" -ne 0 ] && grep -q '^ALARM: ' "$said"; then
  echo "training on $TABLE"
  python -m steps.main --data "$TABLE" --target "$TARGET" --model_name "$name" --promote if-better "$@"
else
  exit "$status"
fi
