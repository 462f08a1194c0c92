#!/usr/bin/env bash
# The Kafka Streams application on the records of `handletime bench processor --beside benches/kstreams/beside.sh`.
#
#   PEERS    a copy of ../shared/peers in which `patch -p1 -d $PEERS/kstreams < benches/kstreams/arrays.patch` was run
#   THREADS  its threads; 1 when absent
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
export FIELDS="$here/fields.properties" EXPECT="$BENCH_INTERACTIONS" BOOTSTRAP="$BENCH_BOOTSTRAP_SERVERS"
exec "${PEERS:?names no copy of ../shared/peers}/kstreams/run.sh" "$BENCH_INTERACTIONS" "$BENCH_PARTITIONS" \
  input.topic="$BENCH_TOPIC" decoder=custom num.stream.threads="${THREADS:-1}" commit.interval.ms=100
