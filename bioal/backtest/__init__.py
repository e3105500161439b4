"""Replays of a finished table through settings, to see which would have found the best yield first.

A *finished table* is a pool of conditions whose yields are known (`finished`); a *setting* is a model and an
acquisition; a *run* is one setting with one seed (`replay`). Runs are kept in a file and gone on from
(`runs`, `kept`), and compared with random choice (`summary`, `plot`).
"""
