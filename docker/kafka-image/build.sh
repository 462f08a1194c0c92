#!/usr/bin/env bash
# An image of Apache Kafka without an image registry: the jars come from Maven Central, the Java runtime is cut out of
# this machine's JDK by jlink, the shell is this machine's bash, the rest of the userland is busybox.
#
#   docker/kafka-image/build.sh NAME:VERSION           build it; VERSION is the Kafka version, for example 4.3.1
#   docker/kafka-image/build.sh --built NAME:VERSION   status 0 if the engine has it, built from these very files
#
# Needs a Docker engine; to build also mvn, a JDK with its jmods, bash, busybox and ldd.
set -euo pipefail

usage='usage: build.sh [--built] NAME:VERSION'
question=
if [ "${1:-}" = --built ]; then
  question=1
  shift
fi
image=${1:?$usage}
kafka_version=${image##*:}
recipe=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
label=handletime-test-recipe
recipe_hash=$(cat "$recipe"/{build.sh,pom.xml,run,server.properties,log4j2.yaml} | sha256sum | cut -c1-16)

if [ -n "$question" ]; then
  built_from=$(docker image inspect --format "{{index .Config.Labels \"$label\"}}" "$image" 2>/dev/null || true)
  [ "$built_from" = "$recipe_hash" ]
  exit
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fs=$scratch/fs

mkdir -p "$fs"/{bin,lib64,tmp,usr/bin} "$fs"/etc/kafka/{docker,secrets} "$fs"/opt/kafka/{libs,config} \
  "$fs"/mnt/shared/config "$fs"/var/lib/kafka/data

echo "  Kafka $kafka_version and what it depends on, from Maven Central"
# The plugin by its full name: by its short one, a machine without a network is told that there is no such plugin.
mvn --quiet --batch-mode --file "$recipe/pom.xml" -Dkafka.version="$kafka_version" \
  org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$fs/opt/kafka/libs"

echo '  the Java runtime'
# What Kafka's jars ask for at run time; java.desktop only because of java.beans.
modules=(java.base java.desktop java.logging java.management java.management.rmi java.naming java.rmi java.scripting
  java.security.jgss java.security.sasl java.sql java.xml jdk.crypto.ec jdk.management jdk.unsupported jdk.zipfs)
jlink --add-modules "$(IFS=,; echo "${modules[*]}")" --strip-debug --no-header-files --no-man-pages --output "$fs/opt/jre"
# A broker draws nothing and plays nothing; with these libraries go X11, fonts and ALSA.
for library in awt awt_headless awt_xawt fontmanager freetype javajpeg jsound lcms mlib_image splashscreen; do
  rm -f "$fs/opt/jre/lib/lib$library.so"
done

echo '  the userland'
bash_program=$(command -v bash)
busybox_program=$(command -v busybox)
install -m 755 "$bash_program" "$fs/bin/bash"
install -m 755 "$busybox_program" "$fs/bin/busybox"
for tool in sh cat chmod cp cut date echo env grep hostname id kill ls mkdir ps rm sed sleep tail test touch true; do
  ln -s busybox "$fs/bin/$tool"
done
ln -s ../../bin/env "$fs/usr/bin/env"
echo 'root:x:0:0:root:/:/bin/bash' >"$fs/etc/passwd"

# Every shared library that bash or the runtime is linked to goes where the loader will look for it. Libraries of the
# runtime itself are found by their $ORIGIN and need no copy.
{
  ldd "$bash_program" "$fs/opt/jre/bin/java"
  ldd "$busybox_program" 2>/dev/null || true # a static one has none
  find "$fs/opt/jre/lib" -name '*.so' -exec ldd {} \;
} | grep -oE '/[^ ]+' | grep -vE "^$fs|:\$" | sort -u | while read -r library; do
  mkdir -p "$fs$(dirname "$library")"
  cp -L "$library" "$fs$library"
done

install -m 755 "$recipe/run" "$fs/etc/kafka/docker/run"
install -m 644 "$recipe/server.properties" "$recipe/log4j2.yaml" "$fs/etc/kafka/docker/"
install -m 644 "$recipe/log4j2.yaml" "$fs/etc/kafka/docker/tools-log4j2.yaml"

tar -C "$fs" -c . | docker import \
  --change 'ENV PATH=/opt/jre/bin:/usr/bin:/bin' \
  --change 'EXPOSE 9092' \
  --change "LABEL $label=$recipe_hash" \
  --change 'CMD ["/etc/kafka/docker/run"]' \
  - "$image" >/dev/null
echo "  built $image"
