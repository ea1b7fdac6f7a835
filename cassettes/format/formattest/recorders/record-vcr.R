# record-vcr.R BASE FOLDER: cassettes of R's vcr, in YAML, and in JSON with the
# bytes of bodies.
args <- commandArgs(trailingOnly = TRUE)
suppressMessages({library(vcr); library(crul)})
times <- function(what) paste(rep(what, 64), collapse = "")
form <- paste0("symbol=LTCBTC&side=BUY&quantity=1&timestamp=1563616800000&signature=", times("0"))
vcr_configure(dir = args[2], write_disk_path = "files")
setwd(tempdir())
dir.create("files")
record <- function(...) {
  invisible(use_cassette("recorded-r", record = "all", ..., {
    client <- HttpClient$new(args[1], headers = list("X-MBX-APIKEY" = times("k")))
    client$get("api/v1/klines", query = list(symbol = "LTCBTC", interval = "1h", limit = 2))
    client$get("api/v1/time", disk = "files/time.json")
    client$get("api/v1/depth", query = list(symbol = "NOWHERE"))
    client$post("api/v3/order", body = form, headers = list("Content-Type" = "application/x-www-form-urlencoded"))
    client$get("api/v1/historicalTrades", query = list(symbol = "LTCBTC"))
    client$get("api/v1/ping")
  }))
}
record(serialize_with = "yaml")
record(serialize_with = "json", preserve_exact_body_bytes = TRUE)
