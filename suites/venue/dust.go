package venue

import (
	"github.com/mbxcheck/mbxcheck/suites/venue/amount"
)

// dustAsset is what small balances are turned into.
const dustAsset = "BNB"

// mostDust is the greatest balance that is dust, in BTC, as in 2019; the venue
// keeps dustFee of its worth, in parts of a hundred.
const (
	mostDust = amount.One / 1000
	dustFee  = 2
)

// conversion is a balance that was turned into BNB.
type conversion struct {
	record                 // what was given
	got, fee amount.Amount // of BNB
}

// dust turns whole small balances into BNB. Assets are named one by one, in
// parameters of one name; all are turned, or none.
func (v *Venue) dust(c *Call) {
	c.mandatory("asset")
	now := c.At.UnixMilli()
	var list []conversion
	for _, p := range c.Params {
		if p.Name != "asset" || c.refused() {
			continue
		}
		n := v.free(c.account.spot, p.Value, now)
		worth := v.inBTC(p.Value, n, now)
		switch {
		case !isAsset(p.Value) || p.Value == dustAsset:
			c.refuse(rejected(-5003, "You don't have this asset."))
		case n == 0:
			c.refuse(rejected(-5002, "You have insufficient balance."))
		case worth > mostDust:
			c.refuse(rejected(-5005, "Only balances of little worth can be converted."))
		}
		total := v.ofBTC(dustAsset, worth, now)
		fee := total * dustFee / 100
		list = append(list, conversion{record{asset: p.Value, n: n, at: now}, total - fee, fee})
	}
	if !c.refused() {
		v.convert(c, list)
	}
}

// convert carries conversions out and tells them. A balance that an order took
// in the meantime is left out.
func (v *Venue) convert(c *Call, list []conversion) {
	c.account.mu.Lock()
	defer c.account.mu.Unlock()
	done, got, fees := list[:0], amount.Amount(0), amount.Amount(0)
	for _, k := range list {
		if v.book.Transfer(c.account.spot, nil, k.asset, k.n, k.at) != nil ||
			v.book.Transfer(nil, c.account.spot, dustAsset, k.got, k.at) != nil {
			continue
		}
		k.id = v.nextID()
		done, got, fees = append(done, k), got+k.got, fees+k.fee
	}
	rec := &c.account.records
	rec.dust = keep(rec.dust, done...)
	w := &c.out
	w.open('{')
	w.amountAt("totalServiceCharge", fees)
	w.amountAt("totalTransfered", got) // the venue's spelling
	objectsAt(w, "transferResult", done, func(k *conversion) {
		w.amountAt("amount", k.n)
		w.strAt("fromAsset", k.asset)
		w.intAt("operateTime", k.at)
		w.amountAt("serviceChargeAmount", k.fee)
		w.intAt("tranId", k.id)
		w.amountAt("transferedAmount", k.got)
	})
	w.close('}')
}

// wapiDust tells the conversions, each as a row of one; in milliseconds, as the
// document has it, where the vendor's page shows dates.
func (v *Venue) wapiDust(c *Call) {
	c.account.mu.Lock()
	defer c.account.mu.Unlock()
	list := c.account.records.dust
	w := &c.out
	w.open('{')
	w.boolAt("success", true)
	w.openAt("results", '{')
	w.intAt("total", int64(len(list)))
	objectsAt(w, "rows", list, func(k *conversion) {
		w.strAt("transfered_total", k.got.String())
		w.strAt("service_charge_total", k.fee.String())
		w.intAt("tran_id", k.id)
		w.openAt("logs", '[')
		w.open('{')
		w.intAt("tranId", k.id)
		w.amountAt("serviceChargeAmount", k.fee)
		w.strAt("uid", c.account.Name)
		w.amountAt("amount", k.n)
		w.intAt("operateTime", k.at)
		w.amountAt("transferedAmount", k.got)
		w.strAt("fromAsset", k.asset)
		w.close('}')
		w.close(']')
		w.intAt("operate_time", k.at)
	})
	w.close('}')
	w.close('}')
}
