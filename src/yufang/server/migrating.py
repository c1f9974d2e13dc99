"""Migrations beside a platform that runs: nobody waits over a second for one.

A step that needs a strong lock asks for it for `LOCK_WAIT` at most, since everybody who comes after it queues behind
it; then it steps back and tries again. Two processes that start at once migrate one after the other.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import OperationalError, transaction
from django.db.migrations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterModelOptions,
    AlterUniqueTogether,
    CreateModel,
    Migration,
    RunSQL,
)
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

from yufang.server.database import MigrationStuck

LOCK_WAIT = "900ms"
TRIES = 120
PAUSE = 0.5  # seconds; the queue behind the lock drains meanwhile
_TURN = "hashtext('yufang.migrate')"
_LONGEST_TURN = 3600.0  # seconds; an index over a large table takes its time
_ADDING = (AddConstraint, AddField, AddIndex, AlterModelOptions, AlterUniqueTogether, CreateModel, RunSQL)


def pending(connection: Any) -> list[Migration]:
    """Migrations that the database doesn't have yet, in order."""
    executor = MigrationExecutor(connection)
    return [migration for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def all_recorded(connection: Any) -> bool:
    """Whether the database has had every migration file that is here. Reads names only: what `pending` finds out by
    importing all of them costs a start half a second."""
    found = {
        (app.label, file.stem)
        for app in apps.get_app_configs()
        for file in (Path(app.path) / "migrations").glob("[0-9a-z]*.py")
    }
    if not MigrationRecorder(connection).has_table():
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        return found <= set(cursor.fetchall())


def bring_up_to_date(owner: Any) -> bool:
    """Run what is pending on the owner's connection. True if there was anything. Raises MigrationStuck."""
    if all_recorded(owner) or not pending(owner):
        return False
    with _turn(owner):
        executor = _Patient(owner)
        targets = executor.loader.graph.leaf_nodes()
        plan = executor.migration_plan(targets)
        if plan:  # another process may have done it while this one waited for its turn
            emit_pre_migrate_signal(0, False, owner.alias)
            state = executor.migrate(targets, plan=plan)
            state.clear_delayed_apps_cache()
            emit_post_migrate_signal(0, False, owner.alias)
    return True


class _Narrow(ProjectState):
    """Builds a model anew alone when something is added to it.

    Django builds all models anew that it is connected with, and here every model is connected with every other: most
    of a first start went there. What is added to one table needs no other model's newest form; a migration that does
    more than add gets all of them (`_Patient.apply_migration`), and so does Python (`is_delayed`).
    """

    narrow = False

    def clone(self) -> ProjectState:
        new: ProjectState = super().clone()
        new.__class__, new.narrow = _Narrow, self.narrow
        return new

    def _find_reload_model(self, app_label: str, model_name: str, delay: bool = False) -> set[tuple[str, str]]:
        connected: set[tuple[str, str]] = {(app_label, model_name)}
        if not self.narrow:
            connected = super()._find_reload_model(app_label, model_name, delay)
        self.is_delayed |= self.narrow
        return connected


class _Patient(MigrationExecutor):
    """Waits for locks in short turns. A database that is empty has nobody who could wait."""

    def _create_project_state(self, with_applied_migrations: bool = False) -> ProjectState:
        state: ProjectState = super()._create_project_state(with_applied_migrations)
        state.__class__ = _Narrow
        return state

    def apply_migration(
        self, state: ProjectState, migration: Migration, fake: bool = False, fake_initial: bool = False
    ) -> ProjectState:
        state.narrow = all(map(_only_adds, migration.operations))
        if not state.narrow:
            state.clear_delayed_apps_cache()
        if self._fresh():
            return super().apply_migration(state, migration, fake, fake_initial)
        for left in reversed(range(TRIES)):
            # Outside a transaction stand indexes made CONCURRENTLY: they wait for old snapshots, nobody for them.
            self._wait_at_most(LOCK_WAIT if migration.atomic else "0")
            try:
                if _is_sql(migration) and not fake:
                    return self._at_once(state.clone(), migration)
                return super().apply_migration(state.clone(), migration, fake, fake_initial)
            except OperationalError as error:
                if getattr(error.__cause__, "sqlstate", "") not in {"55P03", "40P01"}:
                    raise
                if not left:
                    raise MigrationStuck(
                        f"migration {migration.app_label}.{migration.name} did not get its lock in {TRIES} tries; "
                        "end the long transaction (SELECT * FROM pg_stat_activity WHERE state <> 'idle') and start "
                        "again / 迁移未能取得锁，请结束长事务后重试"
                    ) from error
                time.sleep(PAUSE)
            finally:
                self._wait_at_most("0")
        raise AssertionError("unreachable")

    def _at_once(self, state: ProjectState, migration: Migration) -> ProjectState:
        """The migration's statements worked out first, then sent at once: between two of them Django would build its
        models anew, for a second or more, and a busy machine would wait for its turn, with the locks in hand."""
        with self.connection.schema_editor(collect_sql=True, atomic=False) as editor:
            after = migration.apply(state, editor, collect_sql=True)
        statements = [text for text in editor.collected_sql if not all(_is_comment(line) for line in text.splitlines())]
        with transaction.atomic(using=self.connection.alias), self.connection.cursor() as cursor:
            if statements:
                cursor.execute("\n".join(_locking_last(statements)))
            self.recorder.record_applied(migration.app_label, migration.name)
        return after

    def _fresh(self) -> bool:
        if not hasattr(self, "_was_fresh"):
            self._was_fresh = not self.recorder.applied_migrations()
        return self._was_fresh

    def _wait_at_most(self, how_long: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [how_long])


def _only_adds(operation: Operation) -> bool:
    return type(operation) in _ADDING and not getattr(operation, "state_operations", ())


def _is_sql(migration: Migration) -> bool:
    return migration.atomic and all(operation.reduces_to_sql for operation in migration.operations)


_NEW = re.compile(r'CREATE TABLE "(\w+)"')
_REFERENCE = re.compile(r'ALTER TABLE "(\w+)" ADD CONSTRAINT \S+ FOREIGN KEY')


def _locking_last(statements: list[str]) -> list[str]:
    """References from a new table keep writers of the table that they name waiting until the commit: they come last,
    behind the indexes and policies of the new table, which nobody can see yet."""
    new = {found[1] for text in statements if (found := _NEW.match(text))}
    late = [text for text in statements if (found := _REFERENCE.match(text)) and found[1] in new]
    return [text for text in statements if text not in late] + late


def _is_comment(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("--")


@contextlib.contextmanager
def _turn(owner: Any) -> Iterator[None]:
    """One process at a time. Asked for again and again: whoever waits inside a statement would hold a snapshot that
    an index made CONCURRENTLY has to wait for."""
    until = time.monotonic() + _LONGEST_TURN
    with owner.cursor() as cursor:
        while True:
            cursor.execute(f"SELECT pg_try_advisory_lock({_TURN})")
            if cursor.fetchone()[0]:
                break
            if time.monotonic() > until:
                raise MigrationStuck("another process has been migrating for an hour / 另一进程迁移已超过一小时")
            time.sleep(0.2)
    try:
        yield
    finally:
        with contextlib.suppress(Exception), owner.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_unlock({_TURN})")
