package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// checkProofs checks the proofs that the log's own node made:
//
//	older-checkpoint  from a time when every witness had joined
//	add-checkpoint    consistency from it to the exported one (C2SP tlog-witness)
//	I.tlog-proof      inclusion of I.entry as entry I (C2SP tlog-proof)
//
// The first and the last entry must be among those proved. No bit of a proof
// or an entry may be other than it is: each is flipped and must be refused.
func checkProofs(folder string, signers *signers, tree tlog.Tree, hashes tlog.HashReader) error {
	data, err := os.ReadFile(filepath.Join(folder, "older-checkpoint"))
	if err != nil {
		return err
	}
	older, err := signers.open(data, signers.names)
	if err != nil {
		return fmt.Errorf("older-checkpoint: %w", err)
	}
	if err := checkConsistency(older, tree, hashes); err != nil {
		return fmt.Errorf("older-checkpoint: %w", err)
	}
	data, err = os.ReadFile(filepath.Join(folder, "add-checkpoint"))
	if err != nil {
		return err
	}
	err = refusesChanges(data, func(data []byte) error {
		return checkAddCheckpoint(data, signers, older, tree)
	})
	if err != nil {
		return fmt.Errorf("add-checkpoint: %w", err)
	}
	fmt.Printf("ok consistency from size %d to %d, and not with any bit flipped\n", older.N, tree.N)

	paths, err := filepath.Glob(filepath.Join(folder, "*.tlog-proof"))
	if err != nil {
		return err
	}
	proved := map[int64]bool{}
	for _, path := range paths {
		index, err := checkInclusion(path, signers, older, tree, hashes)
		if err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
		fmt.Printf("ok proof of entry %d, and not with any bit flipped\n", index)
		proved[index] = true
	}
	if !proved[0] || !proved[tree.N-1] {
		return fmt.Errorf("%s: no proof of the first or of the last entry", folder)
	}
	return nil
}

func checkAddCheckpoint(data []byte, signers *signers, older, tree tlog.Tree) error {
	lines, checkpoint, err := splitHeader(data)
	if err != nil {
		return err
	}
	old, err := parseLine("old ", lines[0])
	if err != nil {
		return err
	}
	path, err := parseHashes(lines[1:])
	if err != nil {
		return err
	}
	newer, err := signers.open(checkpoint, signers.names)
	if err != nil {
		return err
	}
	if newer != tree {
		return errors.New("it leads to another checkpoint than the exported one")
	}
	return tlog.CheckTree(path, newer.N, newer.Hash, old, older.Hash)
}

// checkInclusion checks a proof file with the entry beside it, and that its
// checkpoint is one of the exported log. It returns the index of the entry.
func checkInclusion(path string, signers *signers, older, tree tlog.Tree, hashes tlog.HashReader) (int64, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	entry, err := os.ReadFile(strings.TrimSuffix(path, ".tlog-proof") + ".entry")
	if err != nil {
		return 0, err
	}
	proof, err := parseProof(data, signers, older.N)
	if err != nil {
		return 0, err
	}
	if err := refusesChanges(entry, proof.check); err != nil {
		return 0, fmt.Errorf("entry: %w", err)
	}
	err = refusesChanges(data, func(data []byte) error {
		proof, err := parseProof(data, signers, older.N)
		if err != nil {
			return err
		}
		return proof.check(entry)
	})
	if err != nil {
		return 0, err
	}
	return proof.index, checkConsistency(proof.tree, tree, hashes)
}

// A proofFile is what a proof file holds, once its checkpoint is verified.
type proofFile struct {
	index int64
	path  tlog.RecordProof
	tree  tlog.Tree
}

// parseProof verifies the checkpoint too. The log has signed it, and from the
// size witnessedFrom on so has every witness.
func parseProof(data []byte, signers *signers, witnessedFrom int64) (*proofFile, error) {
	lines, checkpoint, err := splitHeader(data)
	if err != nil {
		return nil, err
	}
	if len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return nil, errors.New("not a proof file")
	}
	index, err := parseLine("index ", lines[1])
	if err != nil {
		return nil, err
	}
	path, err := parseHashes(lines[2:])
	if err != nil {
		return nil, err
	}
	tree, err := signers.open(checkpoint, signers.names[:1])
	if err == nil && tree.N >= witnessedFrom {
		tree, err = signers.open(checkpoint, signers.names)
	}
	return &proofFile{index, path, tree}, err
}

func (p *proofFile) check(entry []byte) error {
	return tlog.CheckRecord(p.path, p.tree.N, p.tree.Hash, p.index, tlog.RecordHash(entry))
}

// splitHeader returns the lines before the first empty one, and what follows.
func splitHeader(data []byte) ([]string, []byte, error) {
	header, rest, found := bytes.Cut(data, []byte("\n\n"))
	if !found {
		return nil, nil, errors.New("no empty line")
	}
	return strings.Split(string(header), "\n"), rest, nil
}

func parseLine(word, line string) (int64, error) {
	number, found := strings.CutPrefix(line, word)
	if !found {
		return 0, fmt.Errorf("a line %q in place of %q", line, word)
	}
	return parseDecimal(number)
}

func parseHashes(lines []string) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(lines))
	for i, line := range lines {
		var err error
		if hashes[i], err = parseHash(line); err != nil {
			return nil, err
		}
	}
	return hashes, nil
}

// refusesChanges fails unless check accepts data, and refuses it with any one
// bit flipped.
func refusesChanges(data []byte, check func([]byte) error) error {
	if err := check(data); err != nil {
		return err
	}
	changed := bytes.Clone(data)
	for i := range changed {
		for bit := range 8 {
			changed[i] ^= 1 << bit
			if check(changed) == nil {
				return fmt.Errorf("accepted with bit %d of byte %d flipped", bit, i)
			}
			changed[i] ^= 1 << bit
		}
	}
	return nil
}
