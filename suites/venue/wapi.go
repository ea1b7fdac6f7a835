package venue

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/mbxcheck/mbxcheck/suites/venue/amount"
	"github.com/mbxcheck/mbxcheck/suites/venue/book"
	"github.com/mbxcheck/mbxcheck/suites/venue/market"
)

var wapiRoutes = []entry{
	{"POST", "/wapi/v3/withdraw.html", signed, (*Venue).wapiWithdraw, "withdrawOrderId network"},
	{"GET", "/wapi/v3/depositHistory.html", signed, (*Venue).wapiDeposits, ""},
	{"GET", "/wapi/v3/withdrawHistory.html", signed, (*Venue).wapiWithdrawals, "withdrawOrderId"},
	{"GET", "/wapi/v3/depositAddress.html", signed, (*Venue).wapiAddress, "network"},
	{"GET", "/wapi/v3/accountStatus.html", signed, (*Venue).wapiAccountStatus, ""},
	{"GET", "/wapi/v3/systemStatus.html", open, (*Venue).systemStatus, ""},
	{"GET", "/wapi/v3/apiTradingStatus.html", signed, (*Venue).wapiTradingStatus, ""},
	{"GET", "/wapi/v3/userAssetDribbletLog.html", signed, (*Venue).wapiDust, ""},
	{"GET", "/wapi/v3/tradeFee.html", signed, (*Venue).wapiTradeFee, ""},
	{"GET", "/wapi/v3/assetDetail.html", signed, (*Venue).wapiAssetDetail, ""},
	{"GET", "/wapi/v3/withdrawFee.html", signed, (*Venue).wapiWithdrawFee, ""},
	{"GET", "/wapi/v3/sub-account/list.html", signed, (*Venue).subAccounts, ""},
	{"GET", "/wapi/v3/sub-account/assets.html", signed, (*Venue).subAssets, ""},
	{"POST", "/wapi/v3/sub-account/transfer.html", signed, (*Venue).subTransfer, ""},
	{"GET", "/wapi/v3/sub-account/transfer/history.html", signed, (*Venue).subTransfers, ""},
}

// hash is 64 hexadecimal digits made of a text: addresses and transaction IDs.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// depositAddress is where an account's deposits of an asset go.
func depositAddress(a *account, asset string) string { return "0x" + hash(a.Email + asset)[:40] }

// assetNamed returns the asset that a mandatory parameter names.
func (c *Call) assetNamed(name string) string {
	asset := c.mandatory(name)
	if !c.refused() && !isAsset(asset) {
		c.refuse(rejected(-4018, "The asset is not supported."))
	}
	return asset
}

func (v *Venue) wapiWithdraw(c *Call) {
	if id := v.withdraw(c, "asset"); !c.refused() {
		c.out.open('{')
		c.out.constant(`"msg":"success","success":true`)
		c.out.strAt("id", id)
		c.out.close('}')
	}
}

// readSelection reads which records are wanted; latest are kept of too many.
func (c *Call) readSelection(asset string) selection {
	return selection{
		asset: c.text(asset), id: -1, start: c.integer("startTime"), end: c.integer("endTime"), limit: recordsKept,
	}
}

func (v *Venue) wapiDeposits(c *Call) {
	s, status := c.readSelection("asset"), c.integer("status")
	if c.refused() {
		return
	}
	w := &c.out
	w.open('{')
	list := c.list(func(r *records) []record { return r.deposits }, s)
	if status == 0 {
		list = nil // pending; deposits are credited at once
	}
	objectsAt(w, "depositList", list, func(r *record) {
		w.intAt("insertTime", r.at)
		w.numberAt("amount", r.n)
		w.strAt("asset", r.asset)
		w.strAt("address", r.address)
		w.strAt("txId", transaction(r))
		w.intAt("status", 1)
	})
	w.boolAt("success", true)
	w.close('}')
}

func (v *Venue) wapiWithdrawals(c *Call) {
	s, status, now := c.readSelection("asset"), c.integer("status"), c.At.UnixMilli()
	if c.refused() {
		return
	}
	list := slices.DeleteFunc(c.list(func(r *records) []record { return r.withdrawals }, s), func(r record) bool {
		return status >= 0 && status != withdrawalStatus(&r, now)
	})
	w := &c.out
	w.open('{')
	objectsAt(w, "withdrawList", list, func(r *record) {
		w.strAt("id", withdrawalID(r))
		w.numberAt("amount", r.n-withdrawalFee(r.asset))
		w.numberAt("transactionFee", withdrawalFee(r.asset))
		w.strAt("address", r.address)
		if r.tag != "" {
			w.strAt("addressTag", r.tag)
		}
		if r.clientID != "" {
			w.strAt("withdrawOrderId", r.clientID)
		}
		w.strAt("asset", r.asset)
		w.strAt("txId", transaction(r))
		w.intAt("applyTime", r.at)
		w.intAt("status", withdrawalStatus(r, now))
	})
	w.boolAt("success", true)
	w.close('}')
}

func (v *Venue) wapiAddress(c *Call) {
	asset := c.assetNamed("asset")
	if c.refused() {
		return
	}
	c.out.open('{')
	c.out.strAt("address", depositAddress(c.account, asset))
	c.out.constant(`"success":true,"addressTag":""`)
	c.out.strAt("asset", asset)
	c.out.close('}')
}

func (v *Venue) wapiAccountStatus(c *Call) {
	c.out.constant(`{"msg":"Normal","success":true}`)
}

func (v *Venue) systemStatus(c *Call) {
	c.out.constant(`{"status":0,"msg":"normal"}`)
}

// writeTradingStatus writes that an account may trade, with the document's
// figures.
func writeTradingStatus(c *Call) {
	c.out.constant(`"isLocked":false,"plannedRecoverTime":0,"triggerCondition":{"GCR":150,"IFER":150,"UFR":300},"indicators":{}`)
	c.out.intAt("updateTime", c.At.UnixMilli())
}

func (v *Venue) wapiTradingStatus(c *Call) {
	c.out.open('{')
	c.out.boolAt("success", true)
	c.out.openAt("status", '{')
	writeTradingStatus(c)
	c.out.close('}')
	c.out.close('}')
}

func (v *Venue) wapiTradeFee(c *Call) {
	list := v.feeMarkets(c)
	if c.refused() {
		return
	}
	w := &c.out
	w.open('{')
	objectsAt(w, "tradeFee", list, func(m **market.Market) {
		w.strAt("symbol", (*m).Name)
		w.numberAt("maker", amount.One/1000)
		w.numberAt("taker", amount.One/1000)
	})
	w.boolAt("success", true)
	w.close('}')
}

func (v *Venue) feeMarkets(c *Call) []*market.Market {
	if _, sent := c.Get("symbol"); sent {
		return []*market.Market{v.market(c)}
	}
	return v.markets
}

func writeAssetDetail(w *writer, asset string) {
	w.openAt(asset, '{')
	w.amountAt("minWithdrawAmount", 2*withdrawalFee(asset))
	w.boolAt("depositStatus", true)
	w.numberAt("withdrawFee", withdrawalFee(asset))
	w.boolAt("withdrawStatus", true)
	w.close('}')
}

func (v *Venue) wapiAssetDetail(c *Call) {
	c.out.open('{')
	c.out.boolAt("success", true)
	c.out.openAt("assetDetail", '{')
	for _, asset := range market.Assets() {
		writeAssetDetail(&c.out, asset)
	}
	c.out.close('}')
	c.out.close('}')
}

func (v *Venue) wapiWithdrawFee(c *Call) {
	asset := c.assetNamed("asset")
	if c.refused() {
		return
	}
	c.out.open('{')
	c.out.numberAt("withdrawFee", withdrawalFee(asset))
	c.out.boolAt("success", true)
	c.out.close('}')
}

// The venue's first account is the master; the others are its sub-accounts.

// master refuses callers that have no sub-accounts.
func (v *Venue) master(c *Call) {
	if c.account.index != 0 {
		c.refuse(rejected(-5021, "This account has no sub-accounts."))
	}
}

// sub returns the account that a parameter names.
func (v *Venue) sub(c *Call, name string) *account {
	email := c.mandatory(name)
	a := v.accounts.byEmail(email)
	if !c.refused() && a == nil {
		c.refuse(rejected(-5021, "The sub-account does not exist."))
	}
	return a
}

func (v *Venue) subAccounts(c *Call) {
	v.master(c)
	email, page, limit := c.text("email"), max(1, c.integer("page")), int64(c.count("limit", 500, 500))
	if c.refused() {
		return
	}
	w := &c.out
	w.open('{')
	w.boolAt("success", true)
	w.openAt("subAccounts", '[')
	for i, a := range v.accounts.list[1:] {
		if int64(i)/limit != page-1 || email != "" && email != a.Email {
			continue
		}
		w.open('{')
		w.strAt("email", a.Email)
		w.constant(`"status":"enabled","activated":true,"mobile":"","gAuth":true`)
		w.intAt("createTime", v.opened)
		w.close('}')
	}
	w.close(']')
	w.close('}')
}

func (v *Venue) subAssets(c *Call) {
	v.master(c)
	a := v.sub(c, "email")
	if c.refused() {
		return
	}
	balances, _ := v.balances(a.spot, c.At)
	w := &c.out
	w.open('{')
	w.boolAt("success", true)
	objectsAt(w, "balances", balances, func(b *book.Balance) {
		w.strAt("asset", b.Asset)
		w.numberAt("free", b.Free)
		w.numberAt("locked", b.Locked)
	})
	w.close('}')
}

func (v *Venue) subTransfer(c *Call) {
	v.master(c)
	from, to := v.sub(c, "fromEmail"), v.sub(c, "toEmail")
	asset := c.assetNamed("asset")
	c.mandatory("amount")
	n := c.decimal("amount")
	if c.refused() {
		return
	}
	now := c.At.UnixMilli()
	if err := v.book.Transfer(from.spot, to.spot, asset, n, now); err != nil {
		c.refuse(rejected(-5002, "You have insufficient balance."))
		return
	}
	r := record{id: v.nextID(), asset: asset, n: n, at: now, address: from.Email, peer: to.Email}
	c.account.mu.Lock()
	c.account.records.subTransfers = keep(c.account.records.subTransfers, r)
	c.account.mu.Unlock()
	c.out.open('{')
	c.out.boolAt("success", true)
	c.out.strAt("txnId", strconv.FormatInt(r.id, 10))
	c.out.close('}')
}

func (v *Venue) subTransfers(c *Call) {
	v.master(c)
	email, s := c.mandatory("email"), c.readSelection("asset")
	s.limit = c.count("limit", 500, 500)
	if c.refused() {
		return
	}
	list := slices.DeleteFunc(c.list(func(r *records) []record { return r.subTransfers }, s), func(r record) bool {
		return !strings.EqualFold(r.address, email) && !strings.EqualFold(r.peer, email)
	})
	w := &c.out
	w.open('{')
	w.boolAt("success", true)
	objectsAt(w, "transfers", list, func(r *record) {
		w.strAt("from", r.address)
		w.strAt("to", r.peer)
		w.strAt("asset", r.asset)
		w.strAt("qty", r.n.String())
		w.intAt("time", r.at)
	})
	w.close('}')
}
