"""Backups of a platform: the database with every change since, and the files of the home folder.

    BACKUPS/base/<time>/base.sealed, about.json   the whole database at a moment (pg_basebackup)
    BACKUPS/wal/<segment>.sealed                  what changed since (PostgreSQL's write-ahead log)
    BACKUPS/files/ab/<hash>.sealed                files of the home folder by content
    BACKUPS/lists/<time>-full|more.sealed         which file stood where, from when on

`sealing` writes and reads one sealed file, `files` keeps the home folder, `wal` the log, `base` the database;
`archive` does a round of files and log, `restoring` puts all of it together again.
"""
