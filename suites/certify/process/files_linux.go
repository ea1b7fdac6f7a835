package process

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// view is what an isolated client sees of this machine's files. The working
// directory of the process that makes it is its store, a file system in memory
// that dies with the client: all that the client writes goes there.
type view struct {
	*plan
	mounts   []string          // where the host has mounted something
	writable map[string]int    // trees that stay the host's, by path
	kept     map[string]int    // trees that stay reachable in directories that are hidden, by path
	covered  []string          // directories over which a layer lies
	links    map[string]string // and links there
	missing  []string          // protections that this kernel refuses, each a sentence without its end
}

const (
	// maxInodes bounds the files of a client's store, each of which takes a
	// kilobyte of the kernel's memory: node_modules of a large program has some
	// 50,000.
	maxInodes = 1 << 18

	// maxSockets bounds the Unix sockets that are covered one by one: a desktop
	// has some ten that lie in none of the directories that are hidden.
	maxSockets = 256
)

// lack notes a protection that could not be had.
func (v *view) lack(what string, err error) {
	v.missing = append(v.missing, fmt.Sprintf("%s (%v)", what, err))
}

// make makes the view. It fails only where there is no file system in memory:
// without the rest a client runs, too, and that is noted.
func (v *view) make() error {
	v.mounts = mountPoints()
	if err := unix.MountSetattr(unix.AT_FDCWD, "/", unix.AT_RECURSIVE, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}); err != nil {
		v.lack("the host's files are not read-only, so that what the client writes stays", err)
	}
	v.ownProc()
	options := fmt.Sprintf("size=%d,nr_inodes=%d,mode=0755", v.Disk, maxInodes)
	if err := unix.Mount("tmpfs", v.Dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		return fmt.Errorf("mounting a file system in memory: %w", err)
	}
	if err := os.Chdir(v.Dir); err != nil {
		return err
	}
	v.openWritable()
	v.coverPlaces()
	v.openKept()
	v.ownDevices()
	for i, h := range v.Hidden {
		if err := v.hide(fmt.Sprintf("hidden%d", i), h); err != nil {
			v.lack(h+" is not hidden, nor are the Unix sockets in it", err)
		}
	}
	for _, path := range v.Writable {
		tree, ok := v.writable[path]
		if !ok {
			continue // which was told
		}
		if err := v.attach(tree, path); err != nil {
			v.lack("--writable "+path+" is not writable", err)
		}
	}
	v.coverSockets()
	return v.attachOwn()
}

// openWritable takes hold of the directories that are to be writable, before
// anything is laid over them or over what they lie in. The tree of each is
// attached in the end: one that is let go of costs the kernel milliseconds.
func (v *view) openWritable() {
	v.writable = map[string]int{}
	for _, path := range v.Writable {
		tree, err := cloneTree(path)
		if err == nil {
			err = writableAgain(tree)
			v.writable[path] = tree
		}
		if err != nil {
			v.lack("--writable "+path+" is not writable", err)
		}
	}
}

// writableAgain undoes for a tree what was done to all of the host's files; what
// the host has mounted read-only below it stays so.
func writableAgain(tree int) error {
	attr := &unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_RDONLY}
	if unix.MountSetattr(tree, "", unix.AT_EMPTY_PATH|unix.AT_RECURSIVE, attr) == nil {
		return nil
	}
	return unix.MountSetattr(tree, "", unix.AT_EMPTY_PATH, attr)
}

// cloneTree is a copy of the mounts at a path, attached nowhere.
func cloneTree(path string) (int, error) {
	return unix.OpenTree(unix.AT_FDCWD, path, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE|unix.AT_SYMLINK_NOFOLLOW)
}

// attach mounts a copy at a path, which is made where it is missing.
func (v *view) attach(tree int, path string) error {
	var s unix.Stat_t
	if err := unix.Fstat(tree, &s); err != nil {
		return err
	}
	if err := stub(path, s.Mode&unix.S_IFMT == unix.S_IFDIR); err != nil {
		return err
	}
	return unix.MoveMount(tree, "", unix.AT_FDCWD, path, unix.MOVE_MOUNT_F_EMPTY_PATH)
}

// stub makes something to mount over, where there is nothing.
func stub(path string, dir bool) error {
	if _, err := os.Lstat(path); err == nil {
		return nil
	}
	if dir {
		return os.MkdirAll(path, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	return file.Close()
}

// settings are the parts of /proc that are about the whole system. The kernel
// asks for no capability where it is written to, but for user 0, which root in a
// namespace of its own still is.
var settings = []string{"/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs", "/proc/acpi", "/proc/scsi", "/proc/mtrr"}

// ownProc mounts a /proc of the client's own processes and makes the system's
// settings in it read-only. Containers that hide parts of theirs don't get one:
// then a client sees more processes than it can reach, and all of it is
// read-only.
func (v *view) ownProc() {
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		v.lack("/proc shows processes outside, which the client can't reach, and what its own take together is not counted", err)
		return
	}
	v.boundNumbers()
	for _, path := range settings {
		if err := readOnly(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			v.lack(path+" is not read-only", err)
		}
	}
}

// readOnly makes what lies at a path read-only.
func readOnly(path string) error {
	tree, err := cloneTree(path)
	if err != nil {
		return err
	}
	defer unix.Close(tree)
	if err := unix.MountSetattr(tree, "", unix.AT_EMPTY_PATH|unix.AT_RECURSIVE, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}); err != nil {
		return err
	}
	return unix.MoveMount(tree, "", unix.AT_FDCWD, path, unix.MOVE_MOUNT_F_EMPTY_PATH)
}

// coverPlaces lays a file system that is thrown away over all places where the
// client may want to write: over each top-level directory for root; for another
// user over the topmost directory that it may write to on the way to where it works
// and to what its command names. The kernel does not lay one over the root as a whole,
// nor over anything else in which the host has mounted something (it would show
// what lies below): where the way leads through such a directory, its next part
// is tried.
func (v *view) coverPlaces() {
	if err := v.cover(v.WorkDir); err != nil && v.WorkDir != "/" {
		v.keepWorkDir(err)
	}
	if os.Geteuid() == 0 {
		for _, dir := range topLevel() {
			_ = v.cover(dir) // what can't be covered is read-only
		}
	}
	for _, path := range v.Named {
		_ = v.cover(path)
	}
}

// cover lays a layer over one of the directories that make a path writable, unless
// one is covered already.
func (v *view) cover(target string) (last error) {
	way := coverable(target)
	if slices.ContainsFunc(way, func(dir string) bool { return slices.Contains(v.covered, dir) }) {
		return nil
	}
	for _, dir := range way {
		switch {
		case slices.Contains(v.Hidden, dir) && dir != v.WorkDir:
			continue
		case v.holdsMount(dir), slices.ContainsFunc(v.covered, func(c string) bool { return within(c, dir) }):
			last = errMountedBelow
			continue
		}
		if last = v.overlay(fmt.Sprintf("place%d", len(v.covered)), dir); last == nil {
			v.covered = append(v.covered, dir)
			return nil
		}
	}
	return last
}

// keepWorkDir lets the client write to where it works, for want of a layer.
func (v *view) keepWorkDir(why error) {
	if slices.ContainsFunc(v.Writable, func(dir string) bool { return within(v.WorkDir, dir) }) {
		return // as it was asked for
	}
	v.lack("what the client writes in its working directory stays there: no layer to throw away could be laid over it, as in most other directories", why)
	tree, err := cloneTree(v.WorkDir)
	if err == nil {
		err = errors.Join(writableAgain(tree), v.attach(tree, v.WorkDir))
	}
	if err != nil {
		v.lack("its working directory is read-only", err)
		return
	}
	v.covered = append(v.covered, v.WorkDir)
}

// errMountedBelow says why a directory is not covered.
var errMountedBelow = errors.New("something is mounted in it")

// holdsMount reports whether the host has mounted something in a directory.
func (v *view) holdsMount(dir string) bool {
	return slices.ContainsFunc(v.mounts, func(at string) bool { return at != dir && within(at, dir) })
}

// mountPoints are the directories where something is mounted, by
// /proc/self/mountinfo.
func mountPoints() []string {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil // then the kernel says where nothing can be laid
	}
	var list []string
	octal := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 4 {
			list = append(list, octal.Replace(f[4]))
		}
	}
	return list
}

// kernels are the directories whose files are the kernel's.
var kernels = []string{"/proc", "/sys", "/dev"}

// topLevel are the directories in the root that are the system's and not the
// kernel's.
func topLevel() []string {
	entries, _ := os.ReadDir("/") // without them nothing is covered beforehand
	var list []string
	for _, e := range entries {
		if path := "/" + e.Name(); e.IsDir() && !slices.Contains(kernels, path) {
			list = append(list, path)
		}
	}
	return list
}

// coverable are the directories on the way to one, the last included, that a layer
// lets the client write to it over, the topmost first. A layer has copies of the
// directories below its own, and none can be made of what is another user's or
// another group's.
func coverable(target string) []string {
	if slices.ContainsFunc(kernels, func(k string) bool { return within(target, k) }) && !within(target, "/dev/shm") {
		return nil
	}
	root := os.Geteuid() == 0
	var list []string
	for dir := target; dir != "/" && dir != "/dev"; dir = filepath.Dir(dir) {
		if root || mayWrite(dir) {
			list = append(list, dir)
		}
		var s unix.Stat_t
		if err := unix.Stat(dir, &s); err != nil || !root && (int(s.Uid) != os.Geteuid() || int(s.Gid) != os.Getegid()) {
			break
		}
	}
	slices.Reverse(list)
	return list
}

// mayWrite reports whether the client's user may write to a directory, were it not
// read-only. Owners alone do not tell: in here user 65534 seems to own whatever is
// another user's.
func mayWrite(dir string) bool {
	err := unix.Access(dir, unix.W_OK)
	return err == nil || err == unix.EROFS
}

// within reports whether a path is a directory or lies in it.
func within(path, dir string) bool {
	return path == dir || dir == "/" || strings.HasPrefix(path, dir+"/")
}

// overlay lays a layer of the store over a directory. A socket that somebody
// outside listens on is none through it.
func (v *view) overlay(name, dir string) error {
	lower, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(lower)
	var s unix.Stat_t
	if err := unix.Fstat(lower, &s); err != nil {
		return err
	}
	for _, sub := range []string{name, name + "/upper", name + "/work"} {
		if err := os.Mkdir(sub, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	_ = unix.Chown(name+"/upper", int(s.Uid), int(s.Gid)) // one that is nobody's in here stays the client's
	if err := unix.Chmod(name+"/upper", s.Mode&0o7777); err != nil {
		return err
	}
	// By its descriptor, the path needs no escapes.
	options := fmt.Sprintf("lowerdir=/proc/self/fd/%d,upperdir=%s/upper,workdir=%s/work,userxattr", lower, name, name)
	return unix.Mount("overlay", dir, "overlay", unix.MS_NOSUID|unix.MS_NODEV, options)
}

// openKept takes hold of what stays reachable in directories that are hidden.
func (v *view) openKept() {
	v.kept, v.links = map[string]int{}, map[string]string{}
	for _, path := range append(slices.Clone(v.Named), v.WorkDir) {
		for _, h := range v.Hidden {
			entry := entryOf(path, h)
			if entry == "" || v.kept[entry] != 0 || isSocket(entry) {
				continue
			}
			if leads, err := os.Readlink(entry); err == nil {
				v.links[entry] = leads
			} else if tree, err := cloneTree(entry); err == nil {
				v.kept[entry] = tree
			}
		}
	}
}

// entryOf is the entry of a directory that leads to a path, "" for none.
func entryOf(path, dir string) string {
	rest, ok := strings.CutPrefix(path, dir+"/")
	if !ok {
		return ""
	}
	first, _, _ := strings.Cut(rest, "/")
	return filepath.Join(dir, first)
}

func isSocket(path string) bool {
	i, err := os.Lstat(path)
	return err == nil && i.Mode()&fs.ModeSocket != 0
}

// hide lays an empty directory of the store over one of the host's, with what is
// kept in it. The one where the client works is not hidden.
func (v *view) hide(name, dir string) error {
	if i, err := os.Lstat(dir); err != nil || !i.IsDir() || dir == v.WorkDir {
		return nil
	}
	if err := os.Mkdir(name, 0o700); err != nil {
		return err
	}
	if err := os.Chmod(name, 0o777|fs.ModeSticky); err != nil {
		return err
	}
	if err := bind(name, dir); err != nil {
		return err
	}
	for path, leads := range v.links {
		if filepath.Dir(path) == dir {
			_ = os.Symlink(leads, path) // it may be of a directory that is hidden twice
		}
	}
	for path, tree := range v.kept {
		if filepath.Dir(path) != dir {
			continue
		}
		if err := v.attach(tree, path); err != nil {
			return err
		}
	}
	return nil
}

// devices are what programs need of /dev. The others are this machine's: root
// may read and write its disks, and through /dev/tty a client would read keys
// from the terminal.
var devices = []string{"null", "zero", "full", "random", "urandom"}

// ownDevices lays a directory with the devices that programs need over /dev.
func (v *view) ownDevices() {
	err := os.MkdirAll("dev/shm", 0o755)
	for _, name := range devices {
		err = errors.Join(err, stub("dev/"+name, false), bind("/dev/"+name, "dev/"+name))
	}
	for name, leads := range map[string]string{"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2", "ptmx": "pts/ptmx"} {
		err = errors.Join(err, os.Symlink(leads, "dev/"+name))
	}
	if err == nil {
		err = os.Mkdir("dev/pts", 0o755)
		// Terminals of its own; few programs that nobody sits before want one.
		_ = unix.Mount("devpts", "dev/pts", "devpts", unix.MS_NOSUID|unix.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620")
	}
	if err == nil {
		err = unix.Mount("dev", "/dev", "", unix.MS_BIND|unix.MS_REC, "")
	}
	if err != nil {
		v.lack("this machine's devices are seen", err)
	}
}

// coverSockets covers the Unix sockets that somebody outside listened on when the
// client started, and that are seen still.
func (v *view) coverSockets() {
	if err := os.WriteFile("nothing", nil, 0); err != nil {
		v.lack("Unix sockets outside of "+strings.Join(v.Hidden, ", ")+" are not covered", err)
		return
	}
	covered := 0
	for _, path := range v.Sockets {
		if !isSocket(path) {
			continue // it lies in a directory that is hidden
		}
		if covered == maxSockets {
			v.lack("Unix sockets from "+path+" on are not covered", errors.New("there are too many"))
			return
		}
		if err := bind("nothing", path); err != nil {
			v.lack("the Unix socket "+path+" is not covered", err)
		}
		covered++
	}
}

// attachOwn mounts what the client is given where it was told that it is.
func (v *view) attachOwn() error {
	for _, sub := range []string{homeDir, scratchDir, trustDir} {
		if err := os.MkdirAll(filepath.Join("own", sub), 0o700); err != nil {
			return err
		}
	}
	if err := stub(v.Dir, true); err != nil {
		return err
	}
	return bind("own", v.Dir)
}

// shortestFirst sorts paths so that directories come before what lies in them,
// each once.
func shortestFirst(list []string) []string {
	slices.SortFunc(list, func(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) })
	return slices.Compact(list)
}
