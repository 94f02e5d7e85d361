// SPDX-License-Identifier: Apache-2.0

// A shop with the broken samples of the article, chapters 1 to 3, in net/http and nothing else.
// Nothing in it is right, and nothing may be mended here: the guard in front is what is tested.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"sync"
	"time"
)

// effects counts what was really done.
type effects struct {
	sync.Mutex
	counts map[string]int
}

func (e *effects) add(name string) int {
	e.Lock()
	defer e.Unlock()
	e.counts[name]++
	return e.counts[name]
}

var done = &effects{counts: map[string]int{}}

// Chapter 1: 302 after the action, and as often as somebody clicks.
func checkout(w http.ResponseWriter, r *http.Request) {
	number := done.add("checkout")
	time.Sleep(200 * time.Millisecond)
	http.Redirect(w, r, fmt.Sprintf("/checkout?order_id=%d", number), http.StatusFound)
}

// Chapter 1: 400 that does not say what it is about.
func settle(w http.ResponseWriter, r *http.Request) {
	var order struct {
		Amount float64 `json:"order_amount"`
	}
	if err := json.NewDecoder(r.Body).Decode(&order); err != nil {
		http.Error(w, "", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": "invalid order_amount: must be positive number"})
}

// Chapter 1: 503 without Retry-After.
func pay(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusServiceUnavailable)
}

// Chapter 2: the redirect comes after the first words.
func partial(w http.ResponseWriter, r *http.Request) {
	fmt.Fprint(w, "partial response")
	http.Redirect(w, r, "/login", http.StatusFound)
}

// Chapter 2: the "safe" 307 has the browser send the form again.
func checked(w http.ResponseWriter, r *http.Request) {
	if r.PostFormValue("_csrf") != "token" {
		http.Error(w, "Invalid CSRF token", http.StatusForbidden)
		return
	}
	done.add("checked")
	w.Header().Set("Location", "/success")
	w.WriteHeader(http.StatusTemporaryRedirect)
}

// Chapter 2: the redirect is built from what anybody may claim.
func absolute(w http.ResponseWriter, r *http.Request) {
	host := r.Header.Get("X-Forwarded-Host")
	if host == "" {
		host = r.Host
	}
	scheme := r.Header.Get("X-Forwarded-Proto")
	if scheme == "" {
		scheme = "https"
	}
	http.Redirect(w, r, fmt.Sprintf("%s://%s/dashboard", scheme, host), http.StatusFound)
}

// Chapter 2: push before the redirect.
func pushed(w http.ResponseWriter, r *http.Request) {
	if pusher, ok := w.(http.Pusher); ok {
		_ = pusher.Push("/style.css", nil)
	}
	http.Redirect(w, r, "/new-path", http.StatusFound)
}

// Chapter 3: 200 and JSON after the order, so that a reload orders again.
func order(w http.ResponseWriter, _ *http.Request) {
	number := done.add("orders")
	time.Sleep(200 * time.Millisecond)
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]int{"id": number})
}

// Chapter 3, as a page.
func orderPage(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprintf(w, "<!doctype html><title>Order %d</title><p>Thank you", done.add("pages"))
}

// Chapter 3: the second call of a provider is refused, and nobody looks for a race.
func callback(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-Idempotency-Key") == "" || done.add("callbacks") > 1 {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// Chapter 3: the stockroom does not answer, and the stock may be gone.
func deduct(w http.ResponseWriter, _ *http.Request) {
	done.add("deducted")
	w.WriteHeader(http.StatusGatewayTimeout)
}

// What net/http makes of a panic: no answer.
func panics(http.ResponseWriter, *http.Request) {
	done.add("panics")
	panic(http.ErrAbortHandler)
}

func page(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "<!doctype html><title>%s</title>", r.URL.Path)
}

func counted(w http.ResponseWriter, _ *http.Request) {
	done.Lock()
	defer done.Unlock()
	_ = json.NewEncoder(w).Encode(done.counts)
}

// seen appends what was asked to a file and says which request it answers, as tests/contract/framing wants it.
func seen(path string) http.HandlerFunc {
	var lock sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) {
		content, err := io.ReadAll(r.Body)
		cut := ""
		if err != nil {
			cut = err.Error()
		}
		line, _ := json.Marshal([]string{r.Method, r.RequestURI, string(content), cut})
		lock.Lock()
		file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err == nil {
			_, _ = file.Write(append(line, '\n'))
			_ = file.Close()
		}
		lock.Unlock()
		w.Header().Set("Cache-Control", "no-store")
		fmt.Fprint(w, "answer to "+r.RequestURI)
	}
}

func main() {
	http.HandleFunc("POST /checkout", checkout)
	http.HandleFunc("POST /settle", settle)
	http.HandleFunc("POST /pay", pay)
	http.HandleFunc("GET /partial", partial)
	http.HandleFunc("POST /checked", checked)
	http.HandleFunc("GET /absolute", absolute)
	http.HandleFunc("GET /pushed", pushed)
	http.HandleFunc("POST /orders", order)
	http.HandleFunc("POST /order-page", orderPage)
	http.HandleFunc("POST /callback", callback)
	http.HandleFunc("POST /deduct", deduct)
	http.HandleFunc("POST /panics", panics)
	http.HandleFunc("GET /panics", panics)
	http.HandleFunc("GET /effects", counted)
	http.HandleFunc("GET /", page)
	var handler http.Handler
	if path := os.Getenv("SEEN"); path != "" {
		handler = seen(path)
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], handler))
}
