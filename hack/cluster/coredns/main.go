// CoreDNS with the few plugins that answer for a cluster. The official program has 60, and for some of them the clients of three clouds.
package main

import (
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/kubernetes"
)

func main() {
	// In the order of the official program, which decides who asks whom.
	dnsserver.Directives = []string{"bind", "errors", "kubernetes"}
	coremain.Run()
}
