"""Every name that runs, versions and processes know each other by: people's scripts rely on them.

A constant that ends in `_TAG` is a tag of a run (or of a model version, where it says so), one
that ends in `_PREFIX` begins several, one that ends in `_VARIABLE` is an environment variable; the
others are artifacts.
"""

# --- Tags ---

#: sha256 of what a step is: entry point, parameters, inputs, code, lock, what is unlike it, Python.
FINGERPRINT_TAG = "reprise.fingerprint"
#: Why a step was computed although there is a cache.
CACHE_MISS_TAG = "reprise.cache_miss"
#: The run that this one stands for.
CACHED_FROM_TAG = "reprise.cached_from"
#: The interrupted runs that this one goes on from, separated by commas.
RESUMES_TAG = "reprise.resumes"
#: What `reproduce` found of a run or version: identical, within-tolerance or different.
REPRODUCED_TAG = "reprise.reproduced"
#: On a version: what `watch` found of the last rows: OK, WARN or ALARM, and the run that did.
WATCHED_TAG = "reprise.watched"
#: Verdict of a `reproduce`, `verify` or `watch` run itself.
VERDICT_TAG = "reprise.verdict"
#: The run that a `reproduce` run has done again.
ORIGINAL_TAG = "reprise.original"
#: Why a run failed, in one line.
ERROR_TAG = "reprise.error"
#: The process that a run belongs to.
PROCESS_TAG = "reprise.process"
#: true where the code differed from its commit.
DIRTY_TAG = "reprise.dirty"
#: sha256 of the lock.
LOCK_TAG = "reprise.lock"
#: The task that `prepare` decided on: regression or classification.
TASK_TAG = "reprise.task"
#: Model family of what a run trained, chose or registered.
FAMILY_TAG = "reprise.family"
#: Id of the logged model of a run.
MODEL_ID_TAG = "reprise.model_id"
#: Members of a blend: run, family and weight of each, as JSON.
MEMBERS_TAG = "reprise.members"
#: Number of a trial, from 0.
TRIAL_TAG = "reprise.trial"
#: Rank at which a trial was pruned.
PRUNED_TAG = "reprise.pruned"
#: Begins the tag of each hyperparameter that a search chose.
BEST_PREFIX = "reprise.best."
#: The run of the candidate that was registered.
CANDIDATE_TAG = "reprise.candidate"
#: Name of the registered model.
MODEL_NAME_TAG = "reprise.model_name"
#: Number of the version that was registered.
VERSION_TAG = "reprise.version"
#: The alias that a version was given: champion or challenger.
ALIAS_TAG = "reprise.alias"
#: When `register` set the alias, in milliseconds since 1970.
DECIDED_TAG = "reprise.decided"
#: On a version: its certificate, a runs:/ URI.
CERTIFICATE_TAG = "reprise.certificate"
#: Why an alias is where it is.
REASON_TAG = "reprise.reason"
#: Begins the tag of the 95% interval of a test metric.
INTERVAL_PREFIX = "reprise.interval."
#: Rows that a version was fitted on again: train+validation, or none.
REFIT_TAG = "reprise.refit"
#: On a version: the run that trained it.
RUN_TAG = "reprise.run"
#: On a version: the URI of the prepared table.
TABLE_TAG = "reprise.table"
#: On a version: the raw table.
DATA_TAG = "reprise.data"
#: On a version: the commit of the code.
COMMIT_TAG = "reprise.commit"
#: The model that a `score`, `serve` or `watch` run used.
MODEL_TAG = "reprise.model"
#: The file that a `score` or `export` run wrote.
OUTPUT_TAG = "reprise.output"
#: Begins the tag of the sha256 of each output.
DIGEST_PREFIX = "reprise.digest."
#: Digest of a prepared table.
TABLE_DIGEST_TAG = "reprise.digest.table"
#: Digest of a model: its predictions, and what it has learned.
MODEL_DIGEST_TAG = "reprise.digest.model"
#: Digest of how a model was fitted.
RECIPE_DIGEST_TAG = "reprise.digest.recipe"
#: Digest of predictions of the validation part.
PREDICTIONS_DIGEST_TAG = "reprise.digest.predictions"
#: Digest of the aliases that `register` left.
REGISTRY_DIGEST_TAG = "reprise.digest.registry"
#: sha256 of the file that `score` or `export` wrote.
OUTPUT_DIGEST_TAG = "reprise.digest.output"
#: Digest of the prepared table that a run read.
INPUT_TABLE_TAG = "reprise.input.table"
#: sha256 of the raw rows that a run read.
INPUT_DATA_TAG = "reprise.input.data"
#: Digest of the contract that a run held its table against.
INPUT_CONTRACT_TAG = "reprise.input.contract"
#: Begins the tag of the sha256 of each sealed artifact.
SEAL_PREFIX = "reprise.sha256."

# --- Artifacts ---

#: The prepared table: train, validation and test part, schema.json, contract.json, blocks.parquet.
TABLE = "table"
#: What tables like the prepared one are to be like, in `table`; of a run that was asked to hold a
#: table against a contract, that contract.
CONTRACT = "contract.json"
#: What was found of a table that was held against a contract, rule by rule, to read.
CONTRACT_PAGE = "contract.html"
#: The rules of a contract that a table breaks: column, rule, count, first row of each.
BREACHES = "breaches.json"
#: The raw table of a `prepare`, as it was read; only in a capsule.
RAW = "raw"
#: The logged model.
MODEL = "model"
#: In a model: what the rows that it learned from are like, by column.
REFERENCE = "reference.json"
#: In a model: how far it was off on rows that it had not learned from, as arrays.
CONFORMAL_FILE = "conformal.npz"
#: In a model: some of the rows that it learned from and their means, as arrays: its reasons say how
#: a row differs from these. Trees need none.
BACKGROUND_FILE = "background.npz"
#: The parts of the fingerprint.
FINGERPRINT = "fingerprint.json"
#: sha256 of every file of a step's outputs.
FILES = "files.json"
#: Python, packages unlike the lock, platform, processor, BLAS, threads.
ENVIRONMENT = "environment.json"
#: Source of every module that the step can reach, and of templates: {module or path: text}.
SOURCE_CODE = "source/code.json"
#: MLproject.
SOURCE_PROJECT = "source/MLproject"
#: The lock.
SOURCE_LOCK = "source/requirements.txt"
#: What differs from the commit.
SOURCE_DIFF = "source/diff.patch"
#: The file of parameters that was asked with, where there was one.
SOURCE_CONFIG = "source/config.yaml"
#: Commit, dirty or not, typed parameters.
ORIGIN = "source/origin.json"
#: What a step of `main` printed.
LOG = "log.txt"
#: What libraries said meanwhile.
NOISE = "noise.txt"
#: Every column of the raw table, as a page.
PROFILE = "profile.html"
#: Distributions, and what is worth a look.
SUMMARY = "summary.json"
#: The page of a fitted model.
MODEL_PAGE = "card.html"
#: What a fitted model shows, as JSON.
EVIDENCE = "evidence.json"
#: Permutation importance of each column.
IMPORTANCE = "importance.csv"
#: Pictures of a fitted model.
PLOTS = "plots"
#: Predictions of the validation part.
PREDICTIONS = "predictions/validation.parquet"
#: Predictions of the test part.
TEST_PREDICTIONS = "predictions/test.parquet"
#: The trials of a search.
TRIALS = "trials.csv"
#: Pages and pictures of a search.
SEARCH = "search"
#: The interactive page of a search, in `search`.
SEARCH_PAGE = "search.html"
#: The card of a version.
VERSION_CARD = "card.md"
#: What the bounds of a version's predictions hold on the test part, and in its segments.
COVERAGE = "coverage.json"
#: The report of a `main` run.
REPORT = "report.html"
#: Runs side by side.
COMPARISON = "comparison.html"
#: What differs between two runs, to read.
EXPLANATION_PAGE = "explanation.md"
#: What differs between two runs.
EXPLANATION = "explanation.json"
#: What `reproduce` found, to read.
REPRODUCTION_PAGE = "reproduction.html"
#: What `reproduce` found.
REPRODUCTION = "reproduction.json"
#: The verdict of `reproduce`, signed: a DSSE envelope; only where there was a key.
REPRODUCTION_SUMMARY = "reproduction.dsse.json"
#: What a version was made of: an in-toto statement.
PROVENANCE = "provenance.json"
#: The same, signed: a DSSE envelope; only where there was a key.
ENVELOPE = "provenance.dsse.json"
#: The files of a version's model, signed in the form of OpenSSF model-signing; only with a key.
MODEL_SIGNATURE = "model.sig"
#: The packages of the lock that a version was made under: a CycloneDX bill of materials (SBOM).
BILL_OF_MATERIALS = "sbom.cdx.json"
#: What `verify` found, to read.
VERIFICATION_PAGE = "verification.html"
#: What `verify` found.
VERIFICATION = "verification.json"
#: What `watch` found of a batch of rows, to read.
WATCH_PAGE = "watch.html"
#: What `watch` found of a batch of rows.
WATCH = "watch.json"

# --- Members of a capsule, beside runs/<id>/<artifact> and wheels/ ---

#: What to read first: the model, its metrics, the gate, how to verify and to reproduce it.
CAPSULE_PAGE = "index.html"
#: sha256 of every other member: an in-toto statement.
MANIFEST = "capsule.json"
#: The same, signed: a DSSE envelope; only where there was a key.
MANIFEST_ENVELOPE = "capsule.dsse.json"

# --- Environment variables ---

#: Path of the private key that `register` signs with. People set it.
SIGNING_KEY_VARIABLE = "REPRISE_SIGNING_KEY"
#: Minutes for which the fork server waits for work; 0: it ends when a `main` has. People set it.
WARM_MINUTES_VARIABLE = "REPRISE_WARM_MINUTES"
#: The folder where a person typed `mlflow run`, in which relative paths are looked for first.
TYPED_IN_VARIABLE = "REPRISE_TYPED_IN"
#: The text of the file of parameters that a person asked with.
CONFIG_VARIABLE = "REPRISE_CONFIG"
#: Set in the image of this project: what is written must outlive the container.
IMAGE_VARIABLE = "REPRISE_IMAGE"
#: Set in a pod of a Kubernetes job, where MLflow quotes arguments a second time.
QUOTED_TWICE_VARIABLE = "REPRISE_QUOTED_TWICE"
#: What `main` tells a step that `mlflow run` starts, as JSON: its run, its share of the machine.
CONTEXT_VARIABLE = "REPRISE_CONTEXT"
#: The model of a worker process of `serve`.
SERVED_MODEL_VARIABLE = "REPRISE_SERVED_MODEL"
#: Digest of the files of that model, which it must find as they were.
SERVED_DIGEST_VARIABLE = "REPRISE_SERVED_DIGEST"
#: The largest body, in bytes, that a worker process of `serve` takes.
SERVED_LIMIT_VARIABLE = "REPRISE_SERVED_LIMIT"
#: How a worker process of `serve` logs requests: none or json.
SERVED_LOG_VARIABLE = "REPRISE_SERVED_LOG"
#: The folder in which the worker processes of one `serve` count.
SERVED_COUNTS_VARIABLE = "REPRISE_SERVED_COUNTS"
#: For steps of commits without REPRISE_CONTEXT, which `reproduce` does again: the run of its main.
EARLIER_PARENT_VARIABLE = "REPRISE_PARENT"
#: For the same steps: how many cores are their own.
EARLIER_CORES_VARIABLE = "REPRISE_CORES"
#: For the same steps: the file that keeps what libraries say.
EARLIER_NOISE_VARIABLE = "REPRISE_NOISE"
