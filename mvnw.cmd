@echo off
rem Runs the machine's Maven. Needs JAVA_HOME to point at a JDK 25.0.3 or later.
mvn -f "%~dp0pom.xml" %*
