package venue

import (
	"strconv"
	"time"

	"github.com/mbxcheck/mbxcheck/suites/venue/amount"
	"github.com/mbxcheck/mbxcheck/suites/venue/book"
	"github.com/mbxcheck/mbxcheck/suites/venue/market"
)

// capitalRoutes came after 2019, in place of /wapi: what clients of today call
// beside /api/v3. The document does not describe them.
var capitalRoutes = []entry{
	{"GET", "/sapi/v1/system/status", open, (*Venue).systemStatus, ""},
	{"GET", "/sapi/v1/capital/config/getall", signed, (*Venue).capitalConfig, ""},
	{"POST", "/sapi/v1/capital/withdraw/apply", signed, (*Venue).capitalWithdraw, ""},
	{"GET", "/sapi/v1/capital/withdraw/history", signed, (*Venue).capitalWithdrawals, ""},
	{"GET", "/sapi/v1/capital/deposit/hisrec", signed, (*Venue).capitalDeposits, ""},
	{"GET", "/sapi/v1/capital/deposit/address", signed, (*Venue).capitalAddress, ""},
	{"GET", "/sapi/v1/asset/tradeFee", signed, (*Venue).assetTradeFee, ""},
	{"GET", "/sapi/v1/asset/assetDetail", signed, (*Venue).assetDetail, ""},
	{"GET", "/sapi/v1/asset/assetDividend", signed, (*Venue).noRows, ""},
	{"POST", "/sapi/v1/asset/dust", signed, (*Venue).dust, ""},
	{"GET", "/sapi/v1/account/status", signed, (*Venue).accountStatus, ""},
	{"GET", "/sapi/v1/account/apiTradingStatus", signed, (*Venue).apiTradingStatus, ""},
	{"GET", "/sapi/v1/account/apiRestrictions", signed, (*Venue).apiRestrictions, ""},
}

func (v *Venue) capitalConfig(c *Call) {
	balances, _ := v.balances(c.account.spot, c.At)
	w := &c.out
	objects(w, balances, func(b *book.Balance) {
		w.strAt("coin", b.Asset)
		w.boolAt("depositAllEnable", true)
		w.amountAt("free", b.Free)
		w.constant(`"freeze":"0.00000000","ipoable":"0.00000000","ipoing":"0.00000000","isLegalMoney":false`)
		w.amountAt("locked", b.Locked)
		w.strAt("name", b.Asset)
		w.openAt("networkList", '[')
		writeNetwork(w, b.Asset)
		w.close(']')
		w.constant(`"storage":"0.00000000","trading":true,"withdrawAllEnable":true,"withdrawing":"0.00000000"`)
	})
}

// network is the chain on which an asset moves: its own, USDT on Ethereum's.
func network(asset string) string {
	if asset == "USDT" {
		return "ETH"
	}
	return asset
}

func writeNetwork(w *writer, asset string) {
	w.open('{')
	w.strAt("addressRegex", "^0x[0-9a-f]{40}$")
	w.strAt("coin", asset)
	w.constant(`"depositDesc":"","depositEnable":true,"isDefault":true,"memoRegex":"","minConfirm":1`)
	w.strAt("name", network(asset))
	w.strAt("network", network(asset))
	w.constant(`"resetAddressStatus":false,"specialTips":"","unLockConfirm":0,"withdrawDesc":"","withdrawEnable":true`)
	w.amountAt("withdrawFee", withdrawalFee(asset))
	w.amountAt("withdrawIntegerMultiple", 1)
	w.amountAt("withdrawMax", 1_000_000*amount.One)
	w.amountAt("withdrawMin", 2*withdrawalFee(asset))
	w.boolAt("sameAddress", false)
	w.close('}')
}

func (v *Venue) capitalWithdraw(c *Call) {
	if id := v.withdraw(c, "coin"); !c.refused() {
		c.out.open('{')
		c.out.strAt("id", id)
		c.out.close('}')
	}
}

// dateTime is how these routes tell some times, whatever the document says of
// milliseconds: clients of today cannot read them in another form.
func dateTime(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.DateTime) }

func (v *Venue) capitalWithdrawals(c *Call) {
	s, now := c.readSelection("coin"), c.At.UnixMilli()
	s.limit = c.count("limit", 1000, 1000)
	if c.refused() {
		return
	}
	w := &c.out
	objects(w, c.list(func(r *records) []record { return r.withdrawals }, s), func(r *record) {
		w.strAt("id", withdrawalID(r))
		w.amountAt("amount", r.n-withdrawalFee(r.asset))
		w.amountAt("transactionFee", withdrawalFee(r.asset))
		w.strAt("coin", r.asset)
		w.intAt("status", withdrawalStatus(r, now))
		w.strAt("address", r.address)
		w.strAt("addressTag", r.tag)
		w.strAt("txId", transaction(r))
		w.strAt("applyTime", dateTime(r.at))
		w.strAt("network", network(r.asset))
		w.intAt("transferType", 0)
		w.strAt("withdrawOrderId", r.clientID)
		w.constant(`"info":"","confirmNo":1,"walletType":0,"txKey":""`)
		if now >= r.at+processingFor {
			w.strAt("completeTime", dateTime(r.at+processingFor))
		}
	})
}

func (v *Venue) capitalDeposits(c *Call) {
	s := c.readSelection("coin")
	s.limit = c.count("limit", 1000, 1000)
	if c.refused() {
		return
	}
	w := &c.out
	objects(w, c.list(func(r *records) []record { return r.deposits }, s), func(r *record) {
		w.strAt("id", strconv.FormatInt(r.id, 10))
		w.amountAt("amount", r.n)
		w.strAt("coin", r.asset)
		w.strAt("network", network(r.asset))
		w.intAt("status", 1)
		w.strAt("address", r.address)
		w.strAt("addressTag", "")
		w.strAt("txId", transaction(r))
		w.intAt("insertTime", r.at)
		w.constant(`"transferType":0,"confirmTimes":"1/1","unlockConfirm":0,"walletType":0`)
	})
}

func (v *Venue) capitalAddress(c *Call) {
	asset := c.assetNamed("coin")
	if c.refused() {
		return
	}
	c.out.open('{')
	c.out.strAt("address", depositAddress(c.account, asset))
	c.out.strAt("coin", asset)
	c.out.constant(`"tag":"","url":""`)
	c.out.close('}')
}

func (v *Venue) assetTradeFee(c *Call) {
	list := v.feeMarkets(c)
	if c.refused() {
		return
	}
	w := &c.out
	objects(w, list, func(m **market.Market) {
		w.strAt("symbol", (*m).Name)
		w.constant(`"makerCommission":"0.001","takerCommission":"0.001"`)
	})
}

func (v *Venue) assetDetail(c *Call) {
	c.out.open('{')
	for _, asset := range market.Assets() {
		writeAssetDetail(&c.out, asset)
	}
	c.out.close('}')
}

func (v *Venue) accountStatus(c *Call) {
	c.out.constant(`{"data":"Normal"}`)
}

func (v *Venue) apiTradingStatus(c *Call) {
	c.out.open('{')
	c.out.openAt("data", '{')
	writeTradingStatus(c)
	c.out.close('}')
	c.out.close('}')
}

func (v *Venue) apiRestrictions(c *Call) {
	w := &c.out
	w.open('{')
	w.boolAt("ipRestrict", false)
	w.intAt("createTime", v.opened)
	w.constant(`"enableReading":true,"enableSpotAndMarginTrading":true,"enableWithdrawals":true,"enableMargin":true`)
	w.constant(`"enableInternalTransfer":false,"enableFutures":false,"permitsUniversalTransfer":false,"enableVanillaOptions":false`)
	w.constant(`"enablePortfolioMarginTrading":false,"enableFixApiTrade":false,"enableFixReadOnly":false`)
	w.close('}')
}
