# ── Build: the locked requirements in an environment of their own ──
FROM python:3.12-slim AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/hub
COPY requirements/base.txt /tmp/base.txt
RUN /opt/hub/bin/pip install --quiet --require-hashes --only-binary=:all: -r /tmp/base.txt

# ── Run: the program, as a user who owns nothing but the data folder ──
FROM python:3.12-slim

ENV PATH=/opt/hub/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HUB_NO_BOOTSTRAP=1 \
    HUB_STATIC=/app/static-collected \
    HUB_VAR=/data

# pg_dump for `manage.py backup`; pg_restore and psql for `restore`.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/*

RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin hub \
    && install --directory --owner=hub --group=hub --mode=0700 /data

COPY --from=build /opt/hub /opt/hub
WORKDIR /app
COPY . .

# The compressed, fingerprinted assets belong to the image. The secret of this one command is thrown away with it.
RUN HUB_VAR=/tmp/build HUB_URL=https://build.example \
    SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
    python manage.py collectstatic --no-input --verbosity 0 \
    && rm -rf /tmp/build \
    && python -m compileall -q /app

USER hub
VOLUME /data
EXPOSE 8000

HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]

CMD ["python", "manage.py", "serve", "--host", "0.0.0.0", "--port", "8000"]
