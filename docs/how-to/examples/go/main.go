// SPDX-License-Identifier: Apache-2.0

// A checkout in net/http as many are written: it works as long as nobody clicks twice and nothing fails.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"sync/atomic"
)

var orders, paid atomic.Int64

func order(w http.ResponseWriter, r *http.Request) {
	number := orders.Add(1)
	if r.FormValue("sku") == "rare" { // the stockroom is asked, and does not answer
		w.WriteHeader(http.StatusGatewayTimeout)
		return
	}
	http.Redirect(w, r, fmt.Sprintf("http://%s/orders/%d", r.Host, number), http.StatusFound)
}

func callback(w http.ResponseWriter, r *http.Request) {
	if paid.Add(1) > 1 {
		http.Error(w, "duplicate", http.StatusBadRequest)
	}
}

func page(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "<!doctype html><title>%s</title><p>%d orders, %d paid", r.URL.Path, orders.Load(), paid.Load())
}

func delivery(w http.ResponseWriter, r *http.Request) {
	var address struct{ Street string }
	if err := json.NewDecoder(r.Body).Decode(&address); err != nil {
		w.WriteHeader(http.StatusBadRequest)
	}
}

func main() {
	http.HandleFunc("POST /orders", order)
	http.HandleFunc("POST /payments/callback", callback)
	http.HandleFunc("POST /delivery", delivery)
	http.HandleFunc("GET /", page)
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
