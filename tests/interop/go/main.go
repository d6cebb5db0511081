// Command interop checks a log in the layout of C2SP tlog-tiles with the Go
// project's own note and tlog packages, which share no code with ours.
//
//	go run . FOLDER [PROOFS]
//
// FOLDER holds checkpoint, tile/<L>/<N> and tile/entries/<N>. The log's
// verifier key is in log.vkey, in FOLDER or beside it; where a witness.vkey
// stands next to it, each key in it must have cosigned the checkpoint, and
// nobody else. PROOFS holds what the log's node proved (proofs.go).
//
// It prints "ok ..." for each thing checked, and exits 1 at the first that
// does not hold.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
)

func main() {
	if len(os.Args) < 2 || len(os.Args) > 3 {
		fmt.Fprintln(os.Stderr, "usage: interop FOLDER [PROOFS]")
		os.Exit(2)
	}
	if err := check(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "interop:", err)
		os.Exit(1)
	}
}

func check(folder string, proofs []string) error {
	signers, err := readKeys(folder)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return err
	}
	tree, err := signers.open(data, signers.names)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	fmt.Printf("ok checkpoint of size %d, %d signatures\n", tree.N, len(signers.names))

	tiles := &tileReader{folder: folder, cache: map[string][]byte{}}
	hashes := tlog.TileHashReader(tree, tiles)
	count, err := checkTiles(tree, hashes)
	if err != nil {
		return err
	}
	fmt.Printf("ok tiles: %d hashes lead to the root\n", count)

	if err := checkEntries(folder, tree, hashes); err != nil {
		return err
	}
	fmt.Printf("ok entries: %d are included\n", tree.N)

	for _, path := range proofs {
		if err := checkProofs(path, signers, tree, hashes); err != nil {
			return err
		}
	}
	return nil
}

// The signers of a log are itself, whose name comes first, and its witnesses.
type signers struct {
	verifiers note.Verifiers
	names     []string
}

func readKeys(folder string) (*signers, error) {
	beside := folder
	text, err := os.ReadFile(filepath.Join(folder, "log.vkey"))
	if errors.Is(err, os.ErrNotExist) {
		beside = filepath.Join(folder, "..")
		text, err = os.ReadFile(filepath.Join(beside, "log.vkey"))
	}
	if err != nil {
		return nil, err
	}
	log, err := note.NewVerifier(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, err
	}
	all, names := []note.Verifier{log}, []string{log.Name()}
	text, err = os.ReadFile(filepath.Join(beside, "witness.vkey"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	for _, vkey := range strings.Fields(string(text)) {
		witness, err := newWitness(vkey)
		if err != nil {
			return nil, err
		}
		all, names = append(all, witness), append(names, witness.Name())
	}
	return &signers{note.VerifierList(all...), names}, nil
}

// A witness verifies cosignatures of type 0x04 (C2SP tlog-cosignature).
type witness struct {
	name string
	id   uint32
	key  ed25519.PublicKey
}

func (w *witness) Name() string    { return w.name }
func (w *witness) KeyHash() uint32 { return w.id }

func (w *witness) Verify(text, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize || binary.BigEndian.Uint64(sig) == 0 {
		return false
	}
	header := fmt.Sprintf("cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(sig))
	return ed25519.Verify(w.key, append([]byte(header), text...), sig[8:])
}

func newWitness(vkey string) (*witness, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, fmt.Errorf("malformed verifier key %q", vkey)
	}
	typed, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(typed) != 1+ed25519.PublicKeySize || typed[0] != 0x04 {
		return nil, fmt.Errorf("not a cosignature key: %q", vkey)
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), typed...))
	id := binary.BigEndian.Uint32(sum[:])
	if fmt.Sprintf("%08x", id) != parts[1] {
		return nil, fmt.Errorf("wrong key id in %q", vkey)
	}
	return &witness{parts[0], id, ed25519.PublicKey(typed[1:])}, nil
}

// open opens the note, which each of the required must have signed and nobody
// that is not known, and parses its text, which has exactly three lines.
func (s *signers) open(data []byte, required []string) (tlog.Tree, error) {
	opened, err := note.Open(data, s.verifiers)
	if err != nil {
		return tlog.Tree{}, err
	}
	if len(opened.UnverifiedSigs) > 0 {
		return tlog.Tree{}, fmt.Errorf("nothing checks the signature of %s", opened.UnverifiedSigs[0].Name)
	}
	signed := map[string]bool{}
	for _, sig := range opened.Sigs {
		// The note package takes more than one spelling of the same bytes.
		if _, err := base64.StdEncoding.Strict().DecodeString(sig.Base64); err != nil {
			return tlog.Tree{}, fmt.Errorf("signature of %s: %w", sig.Name, err)
		}
		signed[sig.Name] = true
	}
	for _, name := range required {
		if !signed[name] {
			return tlog.Tree{}, fmt.Errorf("not signed by %s", name)
		}
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != s.names[0] || lines[3] != "" {
		return tlog.Tree{}, fmt.Errorf("not a checkpoint of %s in three lines", s.names[0])
	}
	size, err := parseDecimal(lines[1])
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := parseHash(lines[2])
	if err != nil {
		return tlog.Tree{}, err
	}
	return tlog.Tree{N: size, Hash: root}, nil
}

func parseDecimal(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != text {
		return 0, fmt.Errorf("malformed number %q", text)
	}
	return n, nil
}

// parseHash takes one spelling only, which tlog.ParseHash does not.
func parseHash(text string) (tlog.Hash, error) {
	hash, err := tlog.ParseHash(text)
	if err == nil && hash.String() != text {
		err = fmt.Errorf("malformed hash %q", text)
	}
	return hash, err
}

// checkTiles reads every hash of every tile; the reader compares each tile
// with the root before it answers.
func checkTiles(tree tlog.Tree, hashes tlog.HashReader) (int64, error) {
	var count int64
	for level, width := 0, tree.N; width > 0; level, width = level+tileHeight, width/tileWidth {
		for start := int64(0); start < width; start += tileWidth {
			var indexes []int64
			for i := start; i < min(start+tileWidth, width); i++ {
				indexes = append(indexes, tlog.StoredHashIndex(level, i))
			}
			if _, err := hashes.ReadHashes(indexes); err != nil {
				return 0, fmt.Errorf("level %d from %d: %w", level/tileHeight, start, err)
			}
			count += int64(len(indexes))
		}
	}
	return count, nil
}

// checkEntries proves every entry to be included in the tree.
func checkEntries(folder string, tree tlog.Tree, hashes tlog.HashReader) error {
	for start := int64(0); start < tree.N; start += tileWidth {
		width := int(min(tree.N-start, tileWidth))
		tile := tlog.Tile{H: tileHeight, L: -1, N: start / tileWidth, W: width}
		data, err := readTileFile(folder, tile)
		if err != nil {
			return err
		}
		for i := start; i < start+int64(width); i++ {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				return fmt.Errorf("bundle %d ends before entry %d", tile.N, i)
			}
			length := int(binary.BigEndian.Uint16(data))
			leaf := tlog.RecordHash(data[2 : 2+length])
			data = data[2+length:]
			proof, err := tlog.ProveRecord(tree.N, i, hashes)
			if err != nil {
				return fmt.Errorf("entry %d: %w", i, err)
			}
			if err := tlog.CheckRecord(proof, tree.N, tree.Hash, i, leaf); err != nil {
				return fmt.Errorf("entry %d: %w", i, err)
			}
		}
		// A full bundle may have been fetched in place of a partial one.
		if len(data) > 0 && width == tileWidth {
			return fmt.Errorf("bundle %d has bytes after its last entry", tile.N)
		}
	}
	return nil
}

func checkConsistency(old, tree tlog.Tree, hashes tlog.HashReader) error {
	if old.N > tree.N {
		return fmt.Errorf("the older checkpoint has size %d, the newer %d", old.N, tree.N)
	}
	if old.N == 0 {
		if old.Hash != sha256.Sum256(nil) {
			return errors.New("the empty tree has another root")
		}
		return nil
	}
	proof, err := tlog.ProveTree(tree.N, old.N, hashes)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash)
}

type tileReader struct {
	folder string
	cache  map[string][]byte
}

func (r *tileReader) Height() int                         { return tileHeight }
func (r *tileReader) SaveTiles(_ []tlog.Tile, _ [][]byte) {}

func (r *tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(tiles))
	for i, tile := range tiles {
		data, ok := r.cache[tile.Path()]
		if !ok {
			var err error
			if data, err = readTileFile(r.folder, tile); err != nil {
				return nil, err
			}
			if len(data) < tile.W*tlog.HashSize {
				return nil, fmt.Errorf("%s is too short", tilePath(tile))
			}
			data = bytes.Clone(data[:tile.W*tlog.HashSize])
			r.cache[tile.Path()] = data
		}
		out[i] = data
	}
	return out, nil
}

// readTileFile falls back to the full tile, which may replace a partial one.
func readTileFile(folder string, tile tlog.Tile) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(folder, tilePath(tile)))
	if errors.Is(err, os.ErrNotExist) && tile.W < tileWidth {
		full := tile
		full.W = tileWidth
		if data, fullErr := os.ReadFile(filepath.Join(folder, tilePath(full))); fullErr == nil {
			return data, nil
		}
	}
	return data, err
}

// tilePath is the path of C2SP tlog-tiles for a tile, which the tlog package
// names in the older scheme of the Go checksum database.
func tilePath(tile tlog.Tile) string {
	path := tile.Path()
	if tile.L == -1 {
		return "tile/entries/" + strings.TrimPrefix(path, fmt.Sprintf("tile/%d/data/", tileHeight))
	}
	return "tile/" + strings.TrimPrefix(path, fmt.Sprintf("tile/%d/", tileHeight))
}
