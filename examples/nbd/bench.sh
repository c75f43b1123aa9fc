#!/bin/bash
# Ours, qemu-nbd --aio=threads and nbdkit's file plugin, side by side: the same image in the page cache, the same
# clients, one server at a time, in turn. Prints medians, the spread of each (lowest to highest), and the medians of the
# ratios of each round.
#
#   examples/nbd/bench.sh            settings, from the environment:
#     ROUNDS=5  SECONDS_EACH=5  WARM_UP=2  TRANSPORT=unix|tcp  SIZE_MIB=1024  DEPTHS="1 16 64"  WORKERS=
#     JAVA=java  CLASSPATH=target/classes:target/test-classes  TMPDIR=/tmp
#
# Needs fio (with its nbd engine), libnbd-bin, qemu-utils and nbdkit; `mvn test-compile` must have run. If it is
# interrupted, it prints what the rounds until then have measured. Exit status 1: a bar was missed.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/../.."

rounds=${ROUNDS:-5}
seconds=${SECONDS_EACH:-5}
warm_up=${WARM_UP:-2}
transport=${TRANSPORT:-unix}
mib=${SIZE_MIB:-1024}
java=${JAVA:-java}
class_path=${CLASSPATH:-target/classes:target/test-classes}
port=${PORT:-10819}
depths=${DEPTHS:-1 16 64}
servers=(ours qemu-nbd nbdkit)

for tool in fio qemu-io nbdcopy nbdinfo qemu-nbd nbdkit "$java"; do
  command -v "$tool" >/dev/null || { echo "$tool is not installed" >&2; exit 2; }
done
folder=$(mktemp -d)
image=$folder/image
sparse=$folder/sparse
socket=$folder/socket
results=$folder/results
server=
complete=
stop() {
  if [[ -n $server ]]; then
    kill "$server" 2>/dev/null || true
    for _ in {1..600}; do
      kill -0 "$server" 2>/dev/null || break
      sleep 0.05
    done
    kill -9 "$server" 2>/dev/null && echo "$server had to be killed" >&2
    wait "$server" 2>/dev/null || true
    server=
  fi
  rm -f "$socket"
}
end() {
  stop
  if [[ -s $results && -z $complete ]]; then table || true; fi
  rm -rf "$folder"
}
trap end EXIT
trap 'exit 130' INT TERM

if [[ $transport = tcp ]]; then uri=nbd://127.0.0.1:$port; else uri="nbd+unix:///?socket=$socket"; fi

# start SERVER IMAGE
start() {
  local options=() image=$2
  case $1 in
    ours)
      if [[ $transport = tcp ]]; then options=("-Dport=$port"); else options=("-Dsocket=$socket"); fi
      "$java" --enable-native-access=ALL-UNNAMED "-Dimage=$image" "${options[@]}" "-Dworkers=${WORKERS:-}" -cp "$class_path" nbd.NbdServer \
        >"$folder/log" 2>&1 &
      ;;
    qemu-nbd)
      if [[ $transport = tcp ]]; then options=(-b 127.0.0.1 -p "$port"); else options=(-k "$socket"); fi
      qemu-nbd --aio=threads --cache=writeback -f raw -t -e 16 "${options[@]}" "$image" >"$folder/log" 2>&1 &
      ;;
    nbdkit)
      if [[ $transport = tcp ]]; then options=(-i 127.0.0.1 -p "$port"); else options=(-U "$socket"); fi
      nbdkit -f "${options[@]}" file "$image" >"$folder/log" 2>&1 &
      ;;
  esac
  server=$!
  for _ in {1..600}; do
    if nbdinfo --size "$uri" >/dev/null 2>&1; then return; fi
    kill -0 "$server" 2>/dev/null || break
    sleep 0.05
  done
  fail "$1 does not serve: $(cat "$folder/log")"
}

fail() {
  echo "$*" >&2
  exit 1
}

ticks() { awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$server/stat"; }

# fio's terse version 3: requests per second are fields 8 (reads) and 49 (writes), all requests' milliseconds 9 and 50
load() {
  fio --name=bench --ioengine=nbd --uri="$uri" --rw="$1" --bs=4k --iodepth="$2" --size="${mib}m" --time_based \
    --runtime="$3" --norandommap --randrepeat=0 --minimal --terse-version=3 2>"$folder/fio" |
    awk -F';' -v write="$([[ $1 = randwrite ]] && echo 1 || echo 0)" 'NF > 50 { print write ? $49 : $8 }'
}

measure() {
  local before after iops
  before=$(ticks)
  iops=$(load "$2" "$3" "$seconds") || iops=0
  after=$(ticks)
  if [[ ${iops%.*} -eq 0 ]]; then fail "fio, $2 at depth $3 of $1: $(cat "$folder/fio" "$folder/log")"; fi
  awk -v s="$1" -v w="$2, depth $3" -v i="$iops" -v t=$((after - before)) -v hz="$(getconf CLK_TCK)" -v n="$seconds" \
    'BEGIN { printf "%s;%s;IOPS;%d\n%s;%s;CPU s per million;%.1f\n", s, w, i, s, w, t / hz / (i * n) * 1e6 }' | keep
}

# timed COMMAND...: how many ns it takes
timed() {
  local begin
  begin=$(date +%s%N)
  "$@" >/dev/null
  echo $(($(date +%s%N) - begin))
}

copy() {
  local nanos
  nanos=$(timed nbdcopy "$uri" null:) || fail "nbdcopy from $1: $(cat "$folder/log")"
  awk -v s="$1" -v t="$nanos" -v m="$mib" 'BEGIN { printf "%s;nbdcopy out;MiB/s;%d\n", s, m / t * 1e9 }' | keep
}

copy_sparse() {
  local nanos
  nanos=$(timed nbdcopy "$uri" null:) || fail "nbdcopy of holes from $1: $(cat "$folder/log")"
  awk -v s="$1" -v t="$nanos" 'BEGIN { printf "%s;nbdcopy out, 8 GiB of holes;ms;%d\n", s, t / 1e6 }' | keep
}

# In its default mode, qemu-io has each write forced to the disk.
io() { qemu-io -t writeback -f raw "$uri" < <(yes "$2" | head -n "$1"); }

# each SERVER NAME COMMAND: one at a time; what qemu-io takes to start, some 10 ms, is in it
each() {
  local nanos
  io 500 "$3" >/dev/null
  nanos=$(timed io 1000 "$3") || fail "qemu-io, $2 of $1: $(cat "$folder/log")"
  awk -v s="$1" -v w="$2" -v t="$nanos" 'BEGIN { printf "%s;%s;µs each;%.1f\n", s, w, t / 1e6 }' | keep
}

# Keeps results, with their round.
keep() {
  sed "s/$/;$round/" >>"$results"
}

# Prints the medians of the results and of each round's ratios, and which of them miss their bar: 1.0 x qemu-nbd, 0.2 ms a TRIM or WRITE_ZEROES,
# 0.5 s a copy of holes.
table() {
  sort -t';' -k2,2V -k3,3 -k1,1 -k4,4n "$results" | awk -F';' '
    function put() {
      if (!n) return
      median = n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
      m[key] = median; cell[key] = sprintf(unit ~ /CPU|each/ ? "%.1f (%.1f-%.1f)" : "%d (%d-%d)", median, v[1], v[n])
    }
    { k = $2 ";" $3 ";" $1 }
    k != key { put(); n = 0; key = k; unit = $3; if (!(($2 ";" $3) in seen)) { seen[$2 ";" $3] = 1; rows[++r] = $2 ";" $3 } }
    { v[++n] = $4; at[key, $5] = $4; rounds = $5 > rounds ? $5 : rounds }
    # the median of the ratios of the rounds: what slows the machine down for a while slows both
    function ratio(row, to,   i, j, k, n, x, list) {
      for (i = 1; i <= rounds; i++) {
        if (!((row ";ours", i) in at) || !at[row ";" to, i]) continue
        x = at[row ";ours", i] / at[row ";" to, i]
        for (j = ++n; j > 1 && list[j - 1] > x; j--) list[j] = list[j - 1]
        list[j] = x
      }
      return !n ? 0 : n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
    }
    END {
      put()
      print "| load | | ours | qemu-nbd --aio=threads | nbdkit file | ours / qemu-nbd | ours / nbdkit |"
      print "|---|---|---|---|---|---|---|"
      for (i = 1; i <= r; i++) {
        split(rows[i], p, ";"); o = m[rows[i] ";ours"]; q = ratio(rows[i], "qemu-nbd"); b = ratio(rows[i], "nbdkit")
        printf "| %s | %s | %s | %s | %s | %s | %s |\n", p[1], p[2], cell[rows[i] ";ours"], cell[rows[i] ";qemu-nbd"],
          cell[rows[i] ";nbdkit"], q ? sprintf("%.2f", q) : "", b ? sprintf("%.2f", b) : ""
        if (p[2] ~ /IOPS|MiB/ ? q < 1 : p[2] ~ /each/ ? o > 200 : p[2] == "ms" && o > 500) missed[++count] = p[1] ", " p[2]
      }
      for (i = 1; i <= count; i++) print "bar missed: " missed[i]
      exit (count > 0)
    }'
}

echo "$(nproc) x $(awk -F': ' '/model name/ { print $2; exit }' /proc/cpuinfo), $(uname -sr), $transport, $mib MiB image in the page cache"
"$java" -version 2>&1 | sed -n 2p
echo "$(qemu-nbd --version | head -1); $(nbdkit --version); $(fio --version); $(nbdcopy --version 2>&1 | head -1)"
echo "$rounds rounds of $seconds s; load average before: $(cut -d' ' -f1-3 /proc/loadavg)"

dd if=/dev/urandom of="$image" bs=1M count="$mib" status=none
truncate --size=8G "$sparse"
for ((round = 1; round <= rounds; round++)); do
  for name in "${servers[@]}"; do
    start "$name" "$image"
    for kind in randread randwrite; do # a JIT compiler needs to see the work, too
      for depth in 64 1; do load "$kind" "$depth" "$warm_up" >/dev/null; done
    done
    for kind in randread randwrite; do
      for depth in $depths; do measure "$name" "$kind" "$depth"; done
    done
    nbdcopy "$uri" null:
    copy "$name"
    each "$name" "TRIM of 1 MiB, depth 1" "discard 1M 1M"
    each "$name" "WRITE_ZEROES of 1 MiB, depth 1" "write -z -u 1M 1M"
    stop
    start "$name" "$sparse"
    copy_sparse "$name"
    stop
  done
  echo "round $round of $rounds done" >&2
done
echo "load average after: $(cut -d' ' -f1-3 /proc/loadavg)"
complete=1
table
