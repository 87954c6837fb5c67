package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"sync"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// keys are the keys it signs with, the newest last. Old ones stay published: tokens signed with them are still about.
type keys struct {
	mu  sync.Mutex
	all []key
}

func (k *keys) rotate() error {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all = append(k.all, key{rand.Text(), private})
	return nil
}

func (k *keys) current() key {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.all[len(k.all)-1]
}

func (k *keys) public() []op.Key {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []op.Key
	for _, one := range k.all {
		out = append(out, published{one})
	}
	return out
}

type key struct {
	id      string
	private *rsa.PrivateKey
}

func (k key) ID() string                                  { return k.id }
func (k key) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k key) Key() any                                    { return k.private }

type published struct{ key }

func (p published) Algorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (p published) Use() string                        { return "sig" }
func (p published) Key() any                           { return &p.private.PublicKey }

// control is what a test does to the provider. It gives its private key away: tests forge with it.
func (s *store) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /groups", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			ID     string   `json:"id"`
			Groups []string `json:"groups"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if !s.people.change(in.ID, func(p *person) { p.Groups = in.Groups }) {
			http.Error(w, "no such user", http.StatusNotFound)
		}
	})
	mux.HandleFunc("POST /remove", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			ID string `json:"id"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		s.people.remove(in.ID)
	})
	mux.HandleFunc("POST /rotate", func(w http.ResponseWriter, _ *http.Request) {
		if err := s.keys.rotate(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	mux.HandleFunc("GET /key", func(w http.ResponseWriter, _ *http.Request) {
		k := s.keys.current()
		der, err := x509.MarshalPKCS8PrivateKey(k.private)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
		if err := json.NewEncoder(w).Encode(map[string]string{"kid": k.id, "pem": string(text)}); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	return mux
}
