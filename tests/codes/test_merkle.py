"""The tree over the lists: as defined, whatever the sizes, and the same when only leaves change."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codes.merkle import LEAF_BYTES, Forest, ShardTop, ShardTree, blank, root_of
from tests.vectors import cast_chain

SIZES = [1, 7, 4095, 4096, 4097, 8192, 3 * 4096, 5 * 4096 + 1, 13 * 4096, 1 << 18]
"""Bytes of a shard."""


def some(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


@pytest.mark.parametrize("size", SIZES)
def test_the_root_over_one_shard_is_the_one_of_the_definition(size: int) -> None:
    lists = {7: some(size)}
    assert Forest.of(lists).root == cast_chain.root(lists)


@pytest.mark.parametrize("count", range(12))
def test_the_root_over_several_shards_is_the_one_of_the_definition(count: int) -> None:
    lists = {3 * number: some(SIZES[number % 4], number) for number in range(count)}
    assert Forest.of(lists).root == cast_chain.root(lists)
    assert root_of(Forest.of(dict(reversed(lists.items()))).tops) == cast_chain.root(lists)


@settings(max_examples=60)
@given(st.data(), st.sampled_from(SIZES))
def test_new_leaves_make_the_tree_that_the_new_bytes_have(data: st.DataObject, size: int) -> None:
    before = some(size)
    after = bytearray(before)
    changed = data.draw(st.sets(st.integers(0, (size - 1) // LEAF_BYTES)))
    for leaf in changed:
        after[leaf * LEAF_BYTES] ^= data.draw(st.integers(0, 255))
    leaves = {leaf: bytes(after[leaf * LEAF_BYTES : (leaf + 1) * LEAF_BYTES]) for leaf in changed}
    tree = ShardTree.of(before)
    assert tree.with_leaves(leaves).top == ShardTree.of(after).top
    assert tree.top == ShardTree.of(before).top


@pytest.mark.parametrize(("leaf", "size"), [(-1, 4096), (2, 4096), (0, 4095), (0, 4097), (1, 4096), (1, 1)])
def test_a_leaf_that_does_not_fit_its_shard_is_our_own_bug(leaf: int, size: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        ShardTree.of(some(4096 + 16)).with_leaves({leaf: bytes(size)})


def test_a_shard_of_nothing_is_our_own_bug() -> None:
    with pytest.raises(ValueError, match="at least four"):
        ShardTree.of(b"")


@pytest.mark.parametrize("numbers", [(2, 1), (1, 1)])
def test_shards_out_of_order_have_no_root(numbers: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="order"):
        root_of(ShardTop(number, 4, bytes(32)) for number in numbers)


def test_shards_come_and_go() -> None:
    lists = {1: some(5000, 1), 2: some(16, 2), 9: some(64, 3)}
    forest = Forest.of(lists)
    after = forest.after(dropped=[2, 77], added={4: 64, 5: 1 << 20}, leaves={4: {0: some(16, 4)}, 1: {1: some(904, 5)}})
    wanted = {1: lists[1][:4096] + some(904, 5), 9: lists[9], 4: some(16, 4), 5: bytes(1 << 18)}
    assert after.root == cast_chain.root(wanted)
    assert forest.root == cast_chain.root(lists)
    assert after.trees[5] is blank(1 << 20)
    with pytest.raises(ValueError, match="no shard 2"):
        forest.after(dropped=[2], added={}, leaves={2: {0: bytes(16)}})


@pytest.mark.threat("C04")
def test_no_leaf_passes_for_a_node_nor_one_shard_for_another() -> None:
    left, right = some(4096, 1), some(4096, 2)
    tree = ShardTree.of(left + right)
    leaves = ShardTree.of(left).top + ShardTree.of(right).top
    assert ShardTree.of(leaves).top != tree.top
    lists = {1: some(64, 1), 2: some(64, 2)}
    swapped, renumbered = {1: lists[2], 2: lists[1]}, {1: lists[1], 3: lists[2]}
    longer = {1: lists[1], 2: lists[2] + bytes(4)}
    assert len({Forest.of(some).root for some in (lists, swapped, renumbered, longer, {1: lists[1]}, {})}) == 6
