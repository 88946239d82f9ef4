# The function as a container image. The base images are build arguments, so that any registry's copy serves.
ARG BUILD_IMAGE=maven:3.9-eclipse-temurin-21
ARG BASE_IMAGE=public.ecr.aws/lambda/java:21

FROM ${BUILD_IMAGE} AS build
WORKDIR /build
COPY . .
RUN mvn -B -ntp -DskipTests package

FROM ${BASE_IMAGE}
COPY --from=build /build/target/lambda/lib/ ${LAMBDA_TASK_ROOT}/lib/
CMD ["org.smsdispatcher.DispatchHandler::handleRequest"]
