# Sourced by ./millrace and ./mvnw: sets JAVA_HOME to a JDK that fits, or says what to install and exits 2.
# A JDK fits from 25.0.3 on: 25.0.0 to 25.0.2 can corrupt arrays (JDK-8377811).

# Reads the version from the folder's release file, without starting a JVM. Sets jdk_version.
jdk_fits() {
  jdk_version=
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
  while IFS='=' read -r jdk_key jdk_value; do
    if [ "$jdk_key" = JAVA_VERSION ]; then
      jdk_version=${jdk_value#\"}
      jdk_version=${jdk_version%%\"*}
    fi
  done <"$1/release"
  jdk_old_ifs=$IFS
  IFS=.-+
  # shellcheck disable=SC2086
  set -- $jdk_version
  IFS=$jdk_old_ifs
  case "${1:-}${2:-0}${3:-0}" in *[!0-9]* | '') return 1 ;; esac
  [ "$1" -gt 25 ] || { [ "$1" -eq 25 ] && { [ "${2:-0}" -gt 0 ] || [ "${3:-0}" -ge 3 ]; }; }
}

find_jdk() {
  jdk_seen=
  jdk_path=$(command -v javac 2>/dev/null || true)
  if [ -n "$jdk_path" ]; then
    while [ -L "$jdk_path" ]; do
      jdk_link=$(readlink "$jdk_path")
      case $jdk_link in
        /*) jdk_path=$jdk_link ;;
        *) jdk_path=$(dirname "$jdk_path")/$jdk_link ;;
      esac
    done
    jdk_path=$(dirname "$(dirname "$jdk_path")")
  fi
  for jdk_home in "${JAVA_HOME:-}" "$jdk_path" /usr/lib/jvm/* /usr/java/* /opt/*jdk* /opt/java/* \
    "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* "$HOME"/.asdf/installs/java/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home "$HOME"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
    [ -n "$jdk_home" ] && [ -d "$jdk_home" ] || continue
    if jdk_fits "$jdk_home"; then
      JAVA_HOME=$jdk_home
      export JAVA_HOME
      return 0
    fi
    [ -n "$jdk_version" ] && jdk_seen="$jdk_seen  $jdk_home: $jdk_version
"
  done
  {
    echo "Millrace needs a JDK 25.0.3 or later (with javac), and none was found."
    [ -n "$jdk_seen" ] && printf 'Found, but too old:\n%s' "$jdk_seen"
    echo "Install one, for example Temurin 25:"
    echo "  Debian, Ubuntu  apt install temurin-25-jdk   (from the Adoptium package repository)"
    echo "  macOS           brew install --cask temurin@25"
    echo "  any             unpack a JDK 25 archive and set JAVA_HOME to its folder"
    echo "Millrace 需要 JDK 25.0.3 或更新版本（含 javac），但没有找到。请安装（例如 Temurin 25），或把 JAVA_HOME 指向它。"
  } >&2
  exit 2
}

find_jdk
