# The function as a container image, for x86_64 and arm64: docker build -t sms-dispatcher .
# Both functions are this image: dispatching by its CMD, tracking by another (org.smsdispatcher.TrackingHandler::handleRequest).

# Any image with a JDK 25 whose JAVA_HOME is set and whose C library is glibc; name it by digest to build the same image twice.
ARG BASE_IMAGE=public.ecr.aws/amazoncorretto/amazoncorretto:25-al2023
# Only its Maven is taken.
ARG MAVEN_IMAGE=public.ecr.aws/docker/library/maven:3.9

FROM ${MAVEN_IMAGE} AS maven

FROM ${BASE_IMAGE} AS build
COPY --from=maven /usr/share/maven /usr/share/maven
# PostgreSQL, which the training starts, refuses root and wants a user with a name
RUN echo 'builder:x:10001:10001:builder:/build:/bin/sh' >> /etc/passwd && mkdir -p /build && chown 10001:10001 /build
USER 10001:10001
WORKDIR /build
ENV HOME=/build MAVEN_OPTS=-Dmaven.repo.local=/build/.m2
COPY --chown=10001:10001 . .
RUN /usr/share/maven/bin/mvn -B -ntp -q -DskipTests package

# The AOT cache is made by the very Java that runs it; a cache that this Java does not take fails the build.
FROM build AS training
RUN /usr/share/maven/bin/mvn -B -ntp -q -DskipTests -Pimage package

FROM ${BASE_IMAGE}
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="sms-dispatcher" \
      org.opencontainers.image.description="Dispatches SMS campaigns from PostgreSQL to an SNS topic, on AWS Lambda" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# owned by root, writable by nobody; Lambda mounts all but /tmp read-only
COPY --from=training /build/target/image/ /var/task/
WORKDIR /var/task
USER 65534:65534
ENTRYPOINT ["/var/task/bootstrap"]
CMD ["org.smsdispatcher.DispatchHandler::handleRequest"]
