#!/usr/bin/env bash
# Executes the Dockerfile without a container daemon and asks the image's own entry point for an answer: buildah, on a base image
# made of this machine's own JDK 25 (JAVA_HOME), busybox and C library. Skips with a message where that cannot be had.
set -euo pipefail
cd "$(dirname "$0")/../../.."

skip() { echo "The image is not tried: $1"; exit 0; }
command -v buildah > /dev/null || skip "there is no buildah"
command -v busybox > /dev/null || skip "there is no busybox"
"${JAVA_HOME:?}/bin/java" -version 2>&1 | grep -q '"2[5-9]' || skip "JAVA_HOME names no JDK 25"
maven=$(mvn -v | sed -n 's/^Maven home: //p')

export BUILDAH_ISOLATION=chroot
storage=$(mktemp -d)
mkdir -p target/image-test
buildah() { command buildah --root "$storage/root" --runroot "$storage/run" "$@"; }
clean_up() {
  buildah rm -a > /dev/null 2>&1 || true
  awk -v inside="$storage/" 'index($2, inside) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r umount || true
  rm -rf "$storage"
}
trap clean_up EXIT

echo "== a base image with this machine's JDK"
base=$(buildah from scratch)
root=$storage/base
mkdir -p "$root"/{bin,etc,tmp,usr/bin,usr/share,opt,var} "$root/etc/ssl"
chmod 1777 "$root/tmp"
cp "$(command -v busybox)" "$root/bin/busybox"
for tool in sh cat chmod chown cp dirname echo env id ls mkdir mv rm sed touch uname sleep test tr expr basename; do
  ln -s busybox "$root/bin/$tool"
done
cp -L --parents /lib*/*/{libc,libm,libdl,libpthread,librt,libz,libgcc_s,libstdc++,libutil,libresolv,libnss_dns,libnss_files,libcrypt}.so* "$root" 2> /dev/null || true
cp -L --parents /usr/lib/*/{libgcc_s,libstdc++,libz}.so* "$root" 2> /dev/null || true
cp -L --parents /lib64/ld-linux-x86-64.so.2 "$root" 2> /dev/null || cp -L --parents /lib/ld-linux-aarch64.so.1 "$root"
printf 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n' > "$root/etc/passwd"
printf 'root:x:0:\nnobody:x:65534:\n' > "$root/etc/group"
cp -L "$JAVA_HOME" -r "$root/opt/java"
buildah copy -q "$base" "$root" / > /dev/null
buildah config --env JAVA_HOME=/opt/java --env PATH=/opt/java/bin:/bin:/usr/bin "$base"
buildah commit -q "$base" localhost/base-java:25 > /dev/null
maven_image=$(buildah from scratch)
mkdir -p "$storage/maven/usr/share"
cp -rL "$maven" "$storage/maven/usr/share/maven"
buildah copy -q "$maven_image" "$storage/maven" / > /dev/null
buildah commit -q "$maven_image" localhost/maven:3 > /dev/null

echo "== the Dockerfile"
# what Maven has on this machine already, so that the build does not fetch it again
mkdir -p "$storage/m2"
cp -r --reflink=auto "${MAVEN_REPOSITORY:-$HOME/.m2/repository}/." "$storage/m2"
chown -R 10001:10001 "$storage/m2"
buildah bud --pull-never --network host --volume "$storage/m2:/build/.m2" --format docker \
  --build-arg BASE_IMAGE=localhost/base-java:25 --build-arg MAVEN_IMAGE=localhost/maven:3 \
  -t localhost/sms-dispatcher:test . > target/image-test/build.log 2>&1 || { tail -40 target/image-test/build.log; exit 1; }
grep 'AOT cache' target/image-test/build.log
buildah inspect --type image --format '{{.Docker.Config.Entrypoint}} {{.Docker.Config.Cmd}} user {{.Docker.Config.User}}' localhost/sms-dispatcher:test

echo "== its entry point"
container=$(buildah from --pull-never localhost/sms-dispatcher:test)
mvn -B -ntp -q test-compile org.codehaus.mojo:exec-maven-plugin:3.6.4:exec -Dexec.executable="$JAVA_HOME/bin/java" -Dexec.classpathScope=test \
  -Dexec.args="-cp %classpath org.smsdispatcher.lambda.TryImage buildah --root $storage/root --runroot $storage/run run --isolation chroot $container -- /var/task/bootstrap org.smsdispatcher.DispatchHandler::handleRequest"
