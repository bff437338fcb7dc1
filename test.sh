#!/usr/bin/env bash
# Installs what the tests lack, builds once, runs every test project, and ends with one line: N passed, N failed[, N skipped].
# Exit code 0 only when at least one test ran and none failed. Needs the .NET SDK that global.json names, and nothing else.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1

# Nothing is left behind when this ends: no build nodes, no MSBuild server, and the compiler's server is one of our own, by its name (see tidy).
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 SharedCompilationId="failure-history-tests-$$"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# Members listen on this machine alone, and none must be steered by the environment of the caller.
export NO_PROXY="127.0.0.1,localhost${NO_PROXY:+,$NO_PROXY}"
for variable in ${!FAILURE_HISTORY_@} FHS_URL; do unset "$variable"; done

die() {
    echo "test.sh: $*" >&2
    exit 1
}

command -v dotnet >/dev/null || die "dotnet is not on the PATH; install the .NET SDK 10.0 (https://dotnet.microsoft.com/download)"

# The README's examples are run with curl, as they stand there.
if ! command -v curl >/dev/null; then
    [[ $(id -u) == 0 ]] || die "curl is missing and this user can't install it; install curl, or run as root"
    command -v apt-get >/dev/null || die "curl is missing; install curl"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends curl; } >/dev/null \
        || die "apt-get can't install curl; install it by hand"
fi

# Notifications are tried in a real browser too. Where none can be installed those tests are skipped, and say so.
browsers="chromium-headless-shell chromium chromium-browser google-chrome"
if ! command -v $browsers >/dev/null; then
    if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null \
        || ! { timeout 120 apt-get update -qq && DEBIAN_FRONTEND=noninteractive timeout 300 apt-get install -y -qq --no-install-recommends chromium-headless-shell; } >/dev/null 2>&1; then
        echo "test.sh: no browser ($browsers) and none can be installed: the tests in a browser are skipped" >&2
    fi
fi

# The log is tried on PostgreSQL too, on servers that the tests start and wipe themselves; so the package must not start one of its own.
if ! command -v initdb >/dev/null && ! compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null; then
    if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null || ! {
        mkdir -p /etc/postgresql-common && { [[ -e /etc/postgresql-common/createcluster.conf ]] || echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf; } \
            && timeout 120 apt-get update -qq && DEBIAN_FRONTEND=noninteractive timeout 300 apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold postgresql
    } >/dev/null 2>&1; then
        echo "test.sh: no PostgreSQL (initdb) and none can be installed: the tests on it are skipped" >&2
    fi
fi

results=$(mktemp -d) || die "no temporary folder can be made"
tidy() {
    rm -rf "$results"
    for process in /proc/[0-9]*; do
        if tr '\0' ' ' <"$process/cmdline" | grep -q -e "-pipename:$SharedCompilationId "; then kill "${process#/proc/}"; fi
    done 2>/dev/null
}
trap tidy EXIT

dotnet build FailureHistory.Actors.sln -c Debug -v quiet || die "the build failed"

passed=0 failed=0 skipped=0
for project in tests/*/*.csproj; do
    name=$(basename "$project" .csproj)
    echo "== $name"
    # Tests that start members measure time: one at a time, so that they don't starve one another.
    threads=2
    [[ $name == EndToEnd.Tests || $name == Cluster.Tests ]] && threads=1
    dotnet test "$project" -c Debug --no-build --nologo \
        --results-directory "$results" --logger "trx;LogFileName=$name.trx" --logger "console;verbosity=minimal" \
        --blame-hang-timeout 7m --blame-hang-dump-type none \
        -- xUnit.MaxParallelThreads=$threads
    code=$?

    # <Counters total="5" executed="4" passed="3" failed="1" error="0" timeout="0" aborted="0" …>: skipped ones are not executed.
    counters=$(grep -o '<Counters [^>]*>' "$results/$name.trx" 2>/dev/null | head -n 1)
    count() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$counters"; }
    bad=$(($(count failed) + $(count error) + $(count timeout) + $(count aborted) + 0))
    if ((code != 0 && bad == 0)); then
        echo "test.sh: $name ended with exit code $code and without saying which test failed" >&2
        bad=1
    fi

    passed=$((passed + $(count passed) + 0))
    failed=$((failed + bad))
    skipped=$((skipped + $(count total) - $(count executed) + 0))
done

line="$passed passed, $failed failed"
((skipped == 0)) || line+=", $skipped skipped"
echo "$line"
((failed == 0 && passed > 0))
