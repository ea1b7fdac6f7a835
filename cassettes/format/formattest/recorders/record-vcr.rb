# record-vcr.rb BASE FOLDER NAME SERIALIZER: Ruby VCR's cassette.
require "net/http"
require "vcr"
base, folder, name, serializer = ARGV
VCR.configure do |c|
  c.cassette_library_dir = folder
  c.hook_into :webmock
  c.default_cassette_options = { record: :all, serialize_with: serializer.to_sym }
end
form = "symbol=LTCBTC&side=BUY&quantity=1&timestamp=1563616800000&signature=" + "0" * 64
key = { "X-MBX-APIKEY" => "k" * 64 }
VCR.use_cassette(name) do
  %w[/api/v1/klines?symbol=LTCBTC&interval=1h&limit=2 /api/v1/time /api/v1/depth?symbol=NOWHERE].each do |path|
    Net::HTTP.get_response(URI(base + path), key)
  end
  Net::HTTP.post(URI(base + "/api/v3/order"), form, key.merge("Content-Type" => "application/x-www-form-urlencoded"))
  Net::HTTP.get_response(URI(base + "/api/v1/ping"), key) if serializer == "yaml"
end
