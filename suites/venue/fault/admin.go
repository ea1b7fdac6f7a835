package fault

import (
	"encoding/json"
	"io"
	"net/http"
)

// Handler lets scenarios be set from outside, those of a library by name:
//
//	GET    /scenarios      the library: names and summaries
//	GET    /scenario       the scenario that is set, with its counts; null for none
//	PUT    /scenario       sets the one in the body, in YAML or JSON,
//	PUT    /scenario?name= or the one of the library that is called so
//	DELETE /scenario       takes it away
//
// It is for loopback, and asks no caller for a secret: a request that may be a
// foreign page's is refused, as LocalOnly has it, which takes the hosts in named.
func (in *Injector) Handler(library []*Scenario, named ...string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /scenarios", func(w http.ResponseWriter, _ *http.Request) { list(w, library) })
	mux.HandleFunc("GET /scenario", in.show)
	mux.HandleFunc("PUT /scenario", func(w http.ResponseWriter, r *http.Request) { in.put(w, r, library) })
	mux.HandleFunc("DELETE /scenario", func(w http.ResponseWriter, r *http.Request) {
		in.Set(nil)
		in.show(w, r)
	})
	return LocalOnly(mux, named...)
}

// state is what GET /scenario answers.
type state struct {
	Scenario *Scenario `json:"scenario"`
	Calls    []int64   `json:"calls"` // of each fault's route, so far
	Hits     []int64   `json:"hits"`  // of them failed by the fault
}

func (in *Injector) show(w http.ResponseWriter, _ *http.Request) {
	s := state{Calls: []int64{}, Hits: []int64{}}
	if r := in.active.Load(); r != nil {
		s.Scenario = r.scenario
		for i := range r.calls {
			s.Calls = append(s.Calls, r.calls[i].Load())
			s.Hits = append(s.Hits, r.hits[i].Load())
		}
	}
	reply(w, http.StatusOK, s)
}

func list(w http.ResponseWriter, library []*Scenario) {
	type line struct {
		Name    string `json:"name"`
		Summary string `json:"summary"`
	}
	lines := []line{}
	for _, s := range library {
		lines = append(lines, line{s.Name, s.Summary})
	}
	reply(w, http.StatusOK, lines)
}

func (in *Injector) put(w http.ResponseWriter, r *http.Request, library []*Scenario) {
	s, err := scenarioOf(w, r, library)
	if err != nil {
		reply(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	in.Set(s)
	in.show(w, r)
}

func scenarioOf(w http.ResponseWriter, r *http.Request, library []*Scenario) (*Scenario, error) {
	if name := r.URL.Query().Get("name"); name != "" {
		return Among(library, name)
	}
	// One byte more than a scenario may have, so that Parse sees the excess.
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxScenario+1))
	if err != nil {
		return nil, err
	}
	return Parse("scenario", data)
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may have gone
}
