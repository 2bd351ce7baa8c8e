@echo off
rem The millrace command on Windows. Needs JAVA_HOME to point at a JDK 25.0.3 or later, and mvn on the path.
setlocal
set "ROOT=%~dp0"
if not defined JAVA_HOME (
  echo Set JAVA_HOME to a JDK 25.0.3 or later, for example Temurin 25. 1>&2
  exit /b 2
)
if not defined MILLRACE_HOME set "MILLRACE_HOME=%USERPROFILE%\.millrace"
if not exist "%ROOT%cli\target\millrace.classpath" (
  echo building Millrace ^(once; later starts are quick^) ... 1>&2
  call mvn -f "%ROOT%pom.xml" -B -ntp -q -Dquick package || exit /b 1
)
set /p CLASSPATH_REST=<"%ROOT%cli\target\millrace.classpath"
if not exist "%MILLRACE_HOME%\cache" mkdir "%MILLRACE_HOME%\cache"
rem The class path is longer than a command line may be: it goes into an argument file.
(echo -cp & echo "%ROOT:\=/%cli/target/millrace-cli.jar;%CLASSPATH_REST:\=/%") > "%MILLRACE_HOME%\cache\classpath.args"
if "%1"=="java" (
  "%JAVA_HOME%\bin\java" --enable-native-access=ALL-UNNAMED %MILLRACE_JAVA_OPTS% "@%MILLRACE_HOME%\cache\classpath.args" %2 %3 %4 %5 %6
  exit /b
)
"%JAVA_HOME%\bin\java" -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED -Dstdout.encoding=UTF-8 -Dstderr.encoding=UTF-8 "-Dmillrace.checkout=%ROOT:~0,-1%" %MILLRACE_JAVA_OPTS% "@%MILLRACE_HOME%\cache\classpath.args" io.millrace.cli.Main %*
