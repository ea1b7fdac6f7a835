package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// findSites finds all that can be changed in the packages, below the module's
// root, without their tests.
func findSites(ctx context.Context, root string, dirs []string) ([]*Site, error) {
	var patterns []string
	for _, d := range dirs {
		patterns = append(patterns, "./"+d)
	}
	loaded, err := packages.Load(&packages.Config{Context: ctx, Dir: root, Mode: packages.LoadSyntax}, patterns...)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", strings.Join(patterns, " "), err)
	}
	var sites []*Site
	for _, p := range loaded {
		for _, e := range p.Errors {
			err = errors.Join(err, e)
		}
		for i, f := range p.Syntax {
			found, fault := sitesOf(root, p, p.CompiledGoFiles[i], f)
			sites, err = append(sites, found...), errors.Join(err, fault)
		}
	}
	slices.SortFunc(sites, bySource)
	return sites, err
}

func bySource(a, b *Site) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
		cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Change, b.Change))
}

func sitesOf(root string, p *packages.Package, file string, f *ast.File) ([]*Site, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	rel, err := filepath.Rel(root, file)
	if err != nil {
		return nil, err
	}
	rel = filepath.ToSlash(rel)
	w := &walker{pkg: p, file: f, src: src, pos: p.Fset.File(f.Pos()), rel: rel, dir: path.Dir(rel)}
	for _, d := range f.Decls {
		w.decl(d)
	}
	return w.sites, nil
}

// walker finds the sites of a file.
type walker struct {
	pkg      *packages.Package
	file     *ast.File
	src      []byte
	pos      *token.File
	rel, dir string
	within   string     // the function's name
	path     []ast.Node // from the function's body to the node
	sites    []*Site
}

// decl walks functions and variables; constants and types are what others
// stand on, and can't be chosen when the program runs.
func (w *walker) decl(d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Body == nil {
			return
		}
		w.within = d.Name.Name
		w.returnEarly(d.Type, d.Body)
		w.walk(d.Body)
	case *ast.GenDecl:
		if d.Tok != token.VAR {
			return
		}
		for _, s := range d.Specs {
			v := s.(*ast.ValueSpec) // of var nothing else
			w.within = v.Names[0].Name
			for _, e := range v.Values {
				w.walk(e)
			}
		}
	}
}

func (w *walker) walk(n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		if n == nil {
			w.path = w.path[:len(w.path)-1]
			return true
		}
		w.path = append(w.path, n)
		if !w.visit(n) {
			w.path = w.path[:len(w.path)-1]
			return false
		}
		return true
	})
}

// visit finds the sites of a node and reports whether to go into it.
func (w *walker) visit(n ast.Node) bool {
	if e, ok := n.(ast.Expr); ok {
		if tv := w.pkg.TypesInfo.Types[e]; tv.IsType() {
			return false
		} else if tv.Value != nil {
			w.constant(e, tv)
			return false
		}
	}
	switch n := n.(type) {
	case *ast.GenDecl:
		return n.Tok == token.VAR
	case *ast.FuncLit:
		w.returnEarly(n.Type, n.Body)
	case *ast.IfStmt:
		w.add(SkipBranch, n.Cond, w.quote(n.Cond)+" is never so", w.wrap(n.Cond, outside, "chosen_.Never(%d, ", ")"))
	case *ast.CaseClause:
		w.skipCase(n)
	case *ast.BinaryExpr:
		w.binary(n)
	case *ast.UnaryExpr:
		if n.Op == token.NOT {
			w.add(Negate, n, w.quote(n)+" without its !", w.wrap(n, inside, "chosen_.Not(%d, ", ")"))
		}
	case *ast.ReturnStmt:
		w.negateReturn(n)
		w.delete(n)
	case *ast.ExprStmt, *ast.IncDecStmt, *ast.AssignStmt, *ast.BranchStmt:
		w.delete(n.(ast.Stmt))
	}
	return true
}

// Ranks of the wraps of one node, from without to within.
const (
	statement = iota
	outside
	middle
	inside
	ranks
)

// wrap puts text around a node. What is wrapped within it stays within: of two
// texts at one place that of the outer node comes first where they open, and
// last where they close.
func (w *walker) wrap(n ast.Node, rank int, before, after string) []edit {
	from, to, depth := w.pos.Offset(n.Pos()), w.pos.Offset(n.End()), len(w.path)*ranks+rank
	if n != w.path[len(w.path)-1] {
		depth += ranks // a part of the node that is visited
	}
	return []edit{{from, from, before, depth}, {to, to, after, -depth}}
}

// maxWords bounds the source that a change quotes, in bytes.
const maxWords = 100

func (w *walker) quote(n ast.Node) string {
	text := strings.Join(strings.Fields(string(w.src[w.pos.Offset(n.Pos()):w.pos.Offset(n.End())])), " ")
	if len(text) > maxWords {
		text = strings.ToValidUTF8(text[:maxWords], "") + "…"
	}
	return "`" + text + "`"
}

func (w *walker) add(k Kind, at ast.Node, change string, edits []edit) {
	p := w.pos.Position(at.Pos())
	w.sites = append(w.sites, &Site{
		Package: w.dir, File: w.rel, Line: p.Line, Column: p.Column, Func: w.within, Kind: k, Change: change, edits: edits,
	})
}

// binary changes conditions and sums.
func (w *walker) binary(n *ast.BinaryExpr) {
	switch n.Op {
	case token.LAND:
		w.add(DropLeft, n.X, w.quote(n.X)+" of "+w.quote(n)+" dropped", w.wrap(n.X, outside, "chosen_.Always(%d, ", ")"))
		w.add(DropRight, n.Y, w.quote(n.Y)+" of "+w.quote(n)+" dropped", w.wrap(n.Y, outside, "chosen_.Always(%d, ", ")"))
	case token.LOR:
		w.add(DropLeft, n.X, w.quote(n.X)+" of "+w.quote(n)+" dropped", w.wrap(n.X, outside, "chosen_.Never(%d, ", ")"))
		w.add(DropRight, n.Y, w.quote(n.Y)+" of "+w.quote(n)+" dropped", w.wrap(n.Y, outside, "chosen_.Never(%d, ", ")"))
	case token.EQL, token.NEQ:
		w.add(NegateEqual, n, w.quote(n)+" the other way round", w.wrap(n, middle, "chosen_.Not(%d, ", ")"))
	case token.LSS, token.LEQ, token.GTR, token.GEQ:
		w.add(NegateOrder, n, w.quote(n)+" the other way round", w.wrap(n, middle, "chosen_.Not(%d, ", ")"))
		w.boundary(n)
	case token.ADD, token.SUB:
		if t, ok := w.name(n); ok {
			w.add(DropAddend, n.Y, w.quote(n.Y)+" of "+w.quote(n)+" dropped", w.wrap(n.Y, outside, "chosen_.Zero["+t+"](%d, ", ")"))
		}
	}
}

func (w *walker) boundary(n *ast.BinaryExpr) {
	as, becomes := "", ""
	switch n.Op {
	case token.LSS:
		as, becomes = "Less", "<="
	case token.LEQ:
		as, becomes = "LessEqual", "<"
	case token.GTR:
		as, becomes = "Greater", ">="
	default:
		as, becomes = "GreaterEqual", ">"
	}
	op := w.pos.Offset(n.OpPos)
	edits := append(w.wrap(n, inside, "chosen_."+as+"(%d, ", ")"), edit{op, op + len(n.Op.String()), ",", 0})
	w.add(Boundary, n, w.quote(n)+" with "+becomes, edits)
}

// skipCase makes a case of a switch that never comes about. A case of types has
// no condition that could be changed.
func (w *walker) skipCase(n *ast.CaseClause) {
	sw, ok := w.above(2).(*ast.SwitchStmt)
	if !ok {
		return
	}
	for _, e := range n.List {
		change := "case " + w.quote(e) + " skipped"
		if sw.Tag == nil {
			w.add(SkipCase, e, change, w.wrap(e, outside, "chosen_.Never(%d, ", ")"))
		} else if t, ok := w.name(e); ok {
			w.add(SkipCase, e, change, w.wrap(e, outside, "chosen_.Other["+t+"](%d, ", ")"))
		}
	}
}

// above is the node so many steps above the one that is visited, nil if there is
// none.
func (w *walker) above(steps int) ast.Node {
	if at := len(w.path) - 1 - steps; at >= 0 {
		return w.path[at]
	}
	return nil
}

// delete leaves a statement out, where statements stand in a list and nothing
// else hangs on it.
func (w *walker) delete(n ast.Stmt) {
	switch n := n.(type) {
	case *ast.ExprStmt:
		if call, ok := n.X.(*ast.CallExpr); ok && w.quote(call.Fun) == "`panic`" {
			return // it ends the function, as far as the compiler knows
		}
	case *ast.AssignStmt:
		if n.Tok == token.DEFINE {
			return
		}
	case *ast.BranchStmt:
		if n.Tok == token.FALLTHROUGH || n.Tok == token.GOTO {
			return
		}
	case *ast.ReturnStmt:
		if len(n.Results) > 0 {
			return
		}
	}
	switch w.above(1).(type) {
	case *ast.BlockStmt, *ast.CaseClause:
		w.add(DeleteStatement, n, w.quote(n)+" deleted", w.wrap(n, statement, "if !chosen_.On(%d) { ", " }"))
	}
}

// returnEarly returns nothing at once, where the function does not do that
// anyway.
func (w *walker) returnEarly(t *ast.FuncType, body *ast.BlockStmt) {
	if len(body.List) == 0 || len(body.List) == 1 && w.returnsZero(body.List[0]) {
		return
	}
	var zeros []string
	if t.Results != nil {
		for _, r := range t.Results.List {
			typ := string(w.src[w.pos.Offset(r.Type.Pos()):w.pos.Offset(r.Type.End())])
			if strings.Contains(typ, "\n") {
				return // lines must keep their numbers
			}
			for range max(1, len(r.Names)) {
				zeros = append(zeros, "*new("+typ+")")
			}
		}
	}
	at := w.pos.Offset(body.Lbrace) + 1
	text := " if chosen_.On(%d) { return " + strings.Join(zeros, ", ") + " };"
	w.add(ReturnEarly, body, w.within+" returns nothing at once", []edit{{at, at, text, -1}})
}

func (w *walker) returnsZero(s ast.Stmt) bool {
	r, ok := s.(*ast.ReturnStmt)
	return ok && !slices.ContainsFunc(r.Results, func(e ast.Expr) bool {
		tv := w.pkg.TypesInfo.Types[e]
		zero := tv.IsNil() || tv.Value != nil && slices.Contains([]string{"0", `""`, "false"}, tv.Value.ExactString())
		return !zero
	})
}

// negateReturn returns the contrary, where the result is not a comparison or a !
// that is changed so anyway.
func (w *walker) negateReturn(n *ast.ReturnStmt) {
	for _, e := range n.Results {
		if changedSo(e) {
			continue
		}
		tv := w.pkg.TypesInfo.Types[e]
		if b, ok := tv.Type.(*types.Basic); ok && b.Info()&types.IsBoolean != 0 {
			w.add(NegateReturn, e, "returns the contrary of "+w.quote(e), w.wrap(e, outside, "chosen_.Not(%d, ", ")"))
		}
	}
}

func changedSo(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return e.Op != token.LAND && e.Op != token.LOR
	case *ast.UnaryExpr:
		return true
	}
	return false
}

// constant makes a whole number one more, and a duration a millisecond longer or
// of one unit more.
func (w *walker) constant(e ast.Expr, tv types.TypeAndValue) {
	if tv.Value.Kind() != constant.Int || w.mustBeConstant(e) {
		return
	}
	t, ok := w.name(e)
	if !ok {
		return
	}
	times, _ := e.(*ast.BinaryExpr)
	switch {
	case t != "time.Duration":
		w.add(OneMore, e, w.quote(e)+" is one more", w.wrap(e, middle, "chosen_.More["+t+"](%d, ", ")"))
	case times != nil && times.Op == token.MUL && isLiteral(times.X):
		w.add(OneMore, times.X, w.quote(times.X)+" of "+w.quote(e)+" is one more", w.wrap(times.X, middle, "chosen_.More["+t+"](%d, ", ")"))
	default:
		w.add(OneMore, e, w.quote(e)+" is a millisecond more", w.wrap(e, middle, "chosen_.Later(%d, ", ")"))
	}
}

func isLiteral(e ast.Expr) bool {
	_, ok := e.(*ast.BasicLit)
	return ok
}

// mustBeConstant reports where the compiler wants a constant, where bits are
// meant and not a number, and the capacity of what is made, which changes
// nothing that a program does.
func (w *walker) mustBeConstant(e ast.Expr) bool {
	switch above := w.above(1).(type) {
	case *ast.KeyValueExpr:
		return above.Key == e
	case *ast.BinaryExpr:
		return slices.Contains([]token.Token{token.SHL, token.SHR, token.AND, token.OR, token.AND_NOT}, above.Op)
	case *ast.CaseClause:
		return true // skipped, see skipCase
	case *ast.CallExpr:
		return w.quote(above.Fun) == "`make`" && above.Args[len(above.Args)-1] == e && w.isCapacity(above)
	}
	return false
}

func (w *walker) isCapacity(made *ast.CallExpr) bool {
	_, isMap := w.pkg.TypesInfo.TypeOf(made).Underlying().(*types.Map)
	return isMap || len(made.Args) == 3
}

// name is the type of a number or text as this file writes it. A type of a
// package that the file does not import has no name here.
func (w *walker) name(e ast.Expr) (string, bool) {
	t := w.pkg.TypesInfo.TypeOf(e)
	b, ok := t.Underlying().(*types.Basic)
	if !ok || b.Info()&(types.IsNumeric|types.IsString) == 0 || b.Info()&(types.IsUntyped|types.IsComplex) != 0 {
		return "", false
	}
	if _, isSum := e.(*ast.BinaryExpr); isSum && b.Info()&types.IsString != 0 {
		return "", false // texts are joined, not added
	}
	known := true
	text := types.TypeString(t, func(p *types.Package) string {
		name, ok := w.imported(p)
		known = known && ok
		return name
	})
	return text, known
}

// imported is how this file calls a package, "" its own.
func (w *walker) imported(p *types.Package) (string, bool) {
	if p == w.pkg.Types {
		return "", true
	}
	for _, i := range w.file.Imports {
		if strings.Trim(i.Path.Value, `"`) != p.Path() {
			continue
		}
		if i.Name != nil {
			return i.Name.Name, true
		}
		return p.Name(), true
	}
	return "", false
}
