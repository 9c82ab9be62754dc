# The environment of the lock and the project's code, for envs/docker/MLproject: `make image`.
FROM python:3.11-slim-bookworm AS environment
COPY bootstrap.py requirements.txt /build/
RUN python3 /build/bootstrap.py /opt/reprise /build/requirements.txt \
 # 0.4 GB of headers, which only a compiler reads.
 && rm -r /opt/reprise/lib/python3.*/site-packages/tensorflow/include

FROM python:3.11-slim-bookworm
# `reproduce` fetches the commit of a run whose code is not this image's.
RUN command -v git >/dev/null \
 || { apt-get update && apt-get install -y --no-install-recommends git && rm -rf /var/lib/apt/lists/*; }
# Whoever runs the image, as whatever user, has a home to write caches to.
RUN useradd --uid 10001 --create-home reprise && chmod 1777 /home/reprise
COPY --from=environment /opt/reprise /opt/reprise
COPY . /mlflow/projects/code/
# The modules are the image's, wherever a step is started.
ENV PATH=/opt/reprise/bin:$PATH \
    PYTHONPATH=/mlflow/projects/code \
    PYTHONSAFEPATH=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/home/reprise \
    USER=reprise \
    REPRISE_IMAGE=1
WORKDIR /mlflow/projects/code
USER 10001:10001
ARG COMMIT=unknown
ARG REPOSITORY=unknown
ARG LOCK=unknown
LABEL org.opencontainers.image.title="reprise" \
      org.opencontainers.image.revision="$COMMIT" \
      org.opencontainers.image.source="$REPOSITORY" \
      reprise.lock="$LOCK"
